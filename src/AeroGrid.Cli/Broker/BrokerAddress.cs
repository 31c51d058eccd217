using System.CommandLine;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;

namespace AeroGrid.Cli.Broker;

/// <summary>Finds the broker that a command is about.</summary>
internal static class BrokerAddress
{
    /// <summary>Environment variable in place of <c>--broker</c>, which apps have too.</summary>
    public const string Variable = "BROKER_URI";

    /// <summary><c>--broker HOST:PORT</c>.</summary>
    public static Option<string?> Option() => new("--broker")
    {
        HelpName = "HOST:PORT",
        Description = $"The broker's address. Default: ${Variable}, or the demo broker of the platform that runs on the data folder.",
    };

    /// <summary>The address.</summary>
    /// <param name="named">What the command line says.</param>
    /// <param name="dataFolder">The platform's data folder.</param>
    /// <exception cref="CommandException">There is none.</exception>
    public static string Of(string? named, string dataFolder)
    {
        if ((named ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } address)
        {
            return address;
        }

        try
        {
            return PlatformFile.Read(Path.GetFullPath(dataFolder))?.Broker
                ?? throw new CommandException("there is no broker; start one with `aerogrid up --demo`, or name one with --broker HOST:PORT");
        }
        catch (Exception e) when (e is InvalidDataException or UnauthorizedAccessException)
        {
            throw new CommandException(e.Message, e);
        }
    }
}

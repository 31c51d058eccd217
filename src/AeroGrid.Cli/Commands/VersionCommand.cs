using System.CommandLine;
using System.Reflection;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>The version of this build, for example <c>0.1.0</c>.</summary>
    public static string Current { get; } =
        (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    public static Command Create()
    {
        var command = new Command("version", "Print the version.");
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine($"aerogrid {Current}");
            return 0;
        });
        return Examples.Of(command, "aerogrid version");
    }
}

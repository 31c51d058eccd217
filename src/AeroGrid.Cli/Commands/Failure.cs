using System.Net.Sockets;
using AeroGrid.Cli.Up;
using AeroGrid.Client.Errors;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Identity;

namespace AeroGrid.Cli.Commands;

/// <summary>A command cannot do what it was asked to, for a reason that a person can mend; the message says how.</summary>
internal sealed class CommandException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Which failures are told in one line. Everything else is a bug of ours and keeps its stack trace.</summary>
internal static class Failure
{
    /// <summary>The line, or null.</summary>
    public static string? Explain(Exception exception) => exception switch
    {
        StartupException or CommandException or IdentityException or AeroGridException => exception.Message,
        KubernetesApiException e when e.IsInvalid && e.Causes.Count > 0 => string.Join(
            "\n  ", ["the platform refused it:", .. e.Causes.Select(c => string.IsNullOrEmpty(c.Field) ? c.Message : $"{c.Field}: {c.Message}")]),
        KubernetesApiException e => e.Status.Message ?? e.Message,
        HttpRequestException { InnerException: SocketException } => "the platform does not answer; start it with `aerogrid up`",
        HttpRequestException e => $"the platform does not answer: {e.Message}",
        TimeoutException e => e.Message,
        _ => null,
    };
}

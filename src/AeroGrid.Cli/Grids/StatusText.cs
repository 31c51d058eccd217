using AeroGrid.Cli.Output;
using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Grids;

/// <summary>A grid's status for a person, safe for a terminal.</summary>
internal static class StatusText
{
    /// <summary><c>live</c>, or <c>stale since 14:03:07: the broker cannot be reached: … (app.py:12)</c>.</summary>
    public static string Line(GridStatus status)
    {
        if (!status.IsStale)
        {
            return "live";
        }

        var since = status.Since is { } time ? $" since {time.ToLocalTime():HH:mm:ss}" : "";
        var message = status.Message.Length > 0 ? $": {status.Message}" : "";
        var place = status.File.Length > 0 ? $" ({status.File}{(status.Line > 0 ? $":{status.Line}" : "")})" : "";
        return TerminalText.Line($"stale{since}: {Reason(status.Reason)}{message}{place}");
    }

    private static string Reason(StaleReason reason) => reason switch
    {
        StaleReason.CatchingUp => "the app catches up with its topics",
        StaleReason.SourceUnavailable => "the broker is away",
        StaleReason.CodeFailed => "the app's code failed",
        StaleReason.CodeBlocked => "the app's code is blocked",
        StaleReason.Stopping => "the app stops",
        StaleReason.Disconnected => "disconnected",
        _ => "not live",
    };
}

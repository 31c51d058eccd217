namespace AeroGrid.Client.Grids;

/// <summary>Whether the rows follow their source. While they do not, they keep their last values. Immutable.</summary>
public sealed record GridStatus
{
    /// <summary>The rows are live, as far as anybody knows.</summary>
    public static GridStatus Live { get; } = new();

    /// <summary>Whether the rows do not follow their source.</summary>
    public bool IsStale { get; init; }

    /// <summary>Why.</summary>
    public StaleReason Reason { get; init; }

    /// <summary>What happened and what to do, for a person. It comes from the app: show it as text, never as markup or to a terminal as it is.</summary>
    public string Message { get; init; } = "";

    /// <summary>Where in the app's code, relative to the app's folder; empty when that is not known.</summary>
    public string File { get; init; } = "";

    /// <summary>The line in <see cref="File"/>, from 1; 0 when that is not known.</summary>
    public int Line { get; init; }

    /// <summary>Since when; null when that is not known.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>Why rows do not follow their source.</summary>
public enum StaleReason
{
    /// <summary>They do.</summary>
    None,

    /// <summary>The app has not reached the end of its topics yet.</summary>
    CatchingUp,

    /// <summary>The event broker cannot be reached, or refuses the app.</summary>
    SourceUnavailable,

    /// <summary>The app's code failed and is started again after a while.</summary>
    CodeFailed,

    /// <summary>The app's code does not come back from a call, so that nothing else goes on.</summary>
    CodeBlocked,

    /// <summary>The app stops, for an update or for good.</summary>
    Stopping,

    /// <summary>A reason of a newer platform, which this version of the library does not know.</summary>
    Other,

    /// <summary>This program has lost its connection to the app and tries to get it back: said by the library, not by the app.</summary>
    Disconnected,
}

namespace AeroGrid.Runner.Grids;

/// <summary>Why rows do not follow their source. The numbers are those of the wire.</summary>
internal enum StaleReason
{
    None = 0,
    CatchingUp = 1,
    SourceUnavailable = 2,
    CodeFailed = 3,
    CodeBlocked = 4,
    Stopping = 5,
}

/// <summary>A place in the app's code.</summary>
/// <param name="File">Relative to the app's folder.</param>
/// <param name="Line">From 1.</param>
internal sealed record CodePlace(string File, int Line);

/// <summary>Whether the rows of the app's grids follow their source. Immutable; a change is another object.</summary>
/// <param name="Reason">Why not, or <see cref="StaleReason.None"/> when they do.</param>
/// <param name="Message">For a person: what happened and what to do. Empty when live.</param>
/// <param name="Place">Where in the app's code, where that is known.</param>
/// <param name="Since">When it became so.</param>
internal sealed record GridState(StaleReason Reason, string Message, CodePlace? Place, DateTimeOffset Since)
{
    public bool IsStale => Reason != StaleReason.None;

    /// <summary>The reason's name in JSON: <c>catching_up</c>, or null when live.</summary>
    public string? ReasonName => Reason switch
    {
        StaleReason.CatchingUp => "catching_up",
        StaleReason.SourceUnavailable => "source_unavailable",
        StaleReason.CodeFailed => "code_failed",
        StaleReason.CodeBlocked => "code_blocked",
        StaleReason.Stopping => "stopping",
        _ => null,
    };
}

namespace AeroGrid.ControllerRuntime;

/// <summary>What a reconciler found: nothing left to do, or something to look at again later.</summary>
public readonly record struct ReconcileResult
{
    private ReconcileResult(TimeSpan? after, string? reason)
    {
        After = after;
        Reason = reason;
    }

    /// <summary>The state is as wanted, or a watched object will change when there is more to do.</summary>
    public static ReconcileResult Done => default;

    /// <summary>When to reconcile again if nothing changes before; null for <see cref="Done"/>.</summary>
    public TimeSpan? After { get; }

    /// <summary>Why, for logs and metrics: a few words in CamelCase.</summary>
    public string? Reason { get; }

    /// <summary>Reconcile again after a time, and at once when something changes before. Not a failure: the back-off starts anew.</summary>
    public static ReconcileResult RequeueAfter(TimeSpan delay, string? reason = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new(delay, reason);
    }
}

namespace AeroGrid.Operator.Reconciling;

/// <summary>
/// What a step found. Besides these there are exceptions: something that should have worked did not, and is tried again with growing
/// pauses, for ever.
/// </summary>
internal abstract record StepResult
{
    private StepResult()
    {
    }

    /// <summary>The step's part is as wanted: go on with the next.</summary>
    /// <param name="Reason">One of <see cref="Api.Reasons"/>.</param>
    /// <param name="Message">For a person.</param>
    public sealed record Done(string Reason, string Message = "") : StepResult;

    /// <summary>Something is on its way. A watched object changes when it is there.</summary>
    /// <param name="Reason">One of <see cref="Api.Reasons"/>.</param>
    /// <param name="Message">For a person.</param>
    /// <param name="After">When to look again even if nothing changes; null when a change is sure to come.</param>
    public sealed record Waiting(string Reason, string Message, TimeSpan? After = null) : StepResult;

    /// <summary>It cannot be done as things are: nothing is tried again before something changes.</summary>
    /// <param name="Reason">One of <see cref="Api.Reasons"/>.</param>
    /// <param name="Message">For a person: what is wrong, and what would be right.</param>
    /// <param name="After">When to look again at something that is not watched; null mostly.</param>
    public sealed record Stalled(string Reason, string Message, TimeSpan? After = null) : StepResult;
}

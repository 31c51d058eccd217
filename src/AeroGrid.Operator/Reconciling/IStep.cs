namespace AeroGrid.Operator.Reconciling;

/// <summary>One part of what a reconciler does. Steps run in order; the first that is not done ends the run.</summary>
/// <typeparam name="TContext">What the steps of one run share.</typeparam>
internal interface IStep<in TContext>
{
    /// <summary>The condition that tells how this step went. Several steps may share one.</summary>
    string Condition { get; }

    /// <summary>Does the step's part.</summary>
    /// <param name="context">What earlier steps found, and where this one leaves what later ones need.</param>
    /// <param name="cancellationToken">The process ends.</param>
    Task<StepResult> RunAsync(TContext context, CancellationToken cancellationToken);
}

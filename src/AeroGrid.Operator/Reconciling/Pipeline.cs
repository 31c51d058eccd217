using System.Runtime.ExceptionServices;

using k8s.Models;

using AeroGrid.Api;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Operator.Reconciling;

/// <summary>How a run through the steps of a reconciler ended.</summary>
/// <param name="Last">The result of the last step that ran; null when it threw.</param>
/// <param name="Condition">The condition of that step.</param>
/// <param name="Failure">What it threw; null when it did not.</param>
internal sealed record PipelineOutcome(StepResult? Last, string Condition, ExceptionDispatchInfo? Failure)
{
    /// <summary>When to reconcile again. To be called when status is written.</summary>
    /// <exception cref="Exception">What a step threw: the queue tries again with a growing pause.</exception>
    public ReconcileResult ToResult()
    {
        Failure?.Throw();
        return Last switch
        {
            StepResult.Waiting { After: { } after, Reason: var reason } => ReconcileResult.RequeueAfter(after, reason),
            StepResult.Stalled { After: { } after, Reason: var reason } => ReconcileResult.RequeueAfter(after, reason),
            _ => ReconcileResult.Done,
        };
    }
}

/// <summary>Runs steps in order and turns their results into conditions, in one place.</summary>
internal sealed class Pipeline<TContext>(IReadOnlyList<IStep<TContext>> steps, TimeProvider time)
{
    /// <summary>How often an object that someone else may remove, and that is not watched, is looked for.</summary>
    private static readonly TimeSpan NameTakenPause = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Runs the steps until one is not done. Conditions of steps that were not reached keep what was found last time, with the generation
    /// that it was found for.
    /// </summary>
    /// <param name="context">Given to each step.</param>
    /// <param name="conditions">Those of the status that is being made; changed in place.</param>
    /// <param name="generation">Of the object.</param>
    /// <param name="cancellationToken">The process ends.</param>
    public async Task<PipelineOutcome> RunAsync(
        TContext context, IList<V1Condition> conditions, long? generation, CancellationToken cancellationToken)
    {
        var outcome = new PipelineOutcome(new StepResult.Done(Reasons.Ready), ConditionTypes.Ready, null);
        for (var i = 0; i < steps.Count; i++)
        {
            outcome = await RunAsync(steps[i], context, cancellationToken);

            // A condition is true when the last step that it stands for is done, not when the first is.
            var isDone = outcome.Last is StepResult.Done;
            if (!isDone || !steps.Skip(i + 1).Any(later => later.Condition == outcome.Condition))
                Record(outcome, conditions, generation);
            if (!isDone)
                break;
        }

        foreach (var condition in steps.Select(step => step.Condition).Distinct())
        {
            if (Conditions.Find(conditions, condition) is null)
                Conditions.Set(conditions, condition, null, Reasons.Pending, "", generation, time);
        }

        return outcome;
    }

    private static async Task<PipelineOutcome> RunAsync(IStep<TContext> step, TContext context, CancellationToken cancellationToken)
    {
        try
        {
            return new(await step.RunAsync(context, cancellationToken), step.Condition, null);
        }
        catch (NameTakenException e)
        {
            return new(new StepResult.Stalled(Reasons.NameTaken, e.Message, NameTakenPause), step.Condition, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever it is, status tells that the platform tries again; then it is thrown on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new(null, step.Condition, ExceptionDispatchInfo.Capture(e));
        }
    }

    private void Record(PipelineOutcome outcome, IList<V1Condition> conditions, long? generation)
    {
        var (status, reason, message) = outcome switch
        {
            { Last: StepResult.Done done } => ((bool?)true, done.Reason, done.Message),
            { Last: StepResult.Waiting waiting } => (null, waiting.Reason, waiting.Message),
            { Last: StepResult.Stalled stalled } => (false, stalled.Reason, stalled.Message),

            // Someone else was faster: the cache is about to show it, and the next attempt is not worth a word.
            { Failure.SourceException: KubernetesApiException { IsConflict: true } } => (null, Reasons.Pending, ""),
            _ => (null, Reasons.Retrying, $"The platform will try again: {Failures.ForPeople(outcome.Failure!.SourceException)}"),
        };
        Conditions.Set(conditions, outcome.Condition, status, reason, message, generation, time);
    }
}

using AeroGrid.Api;
using AeroGrid.Operator.Apps.Rollouts;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Apps.Steps;

/// <summary>Tells whether the newest version serves, is starting, or does not run. It only looks: Deployment and pods change by themselves.</summary>
internal sealed class AvailabilityStep(TimeProvider time, TimeSpan startTimeout, Diagnosis diagnosis) : IStep<AppRun>
{
    public string Condition => ConditionTypes.Available;

    public async Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken)
    {
        var rollout = Rollout.Of(context, time.GetUtcNow(), startTimeout);
        return Assessment.Of(rollout) switch
        {
            StepResult.Stalled { Reason: Reasons.NotListening } stalled => await diagnosis.ExplainAsync(stalled, rollout, cancellationToken),
            var result => result,
        };
    }
}

using AeroGrid.Api;
using AeroGrid.Api.Images;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Apps.Steps;

/// <summary>Waits for the Image of this version: the Image reconciler makes it, and a change of its status brings the app back here.</summary>
internal sealed class ImageStep : IStep<AppRun>
{
    public string Condition => ConditionTypes.ImageReady;

    public Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken)
    {
        var status = context.Image!.Status;
        var ready = Conditions.Find(status?.Conditions, ConditionTypes.Ready);
        return Task.FromResult<StepResult>(status?.Phase switch
        {
            ImagePhase.Ready => new StepResult.Done(Reasons.Built),
            ImagePhase.Failed => new StepResult.Stalled(ready?.Reason ?? Reasons.Failed, ready?.Message ?? ""),
            _ => new StepResult.Waiting(ready?.Reason ?? Reasons.Building, ready?.Message ?? ""),
        });
    }
}

using AeroGrid.Api;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

namespace AeroGrid.Operator.Apps.Steps;

/// <summary>
/// Stops an app before anything else is looked at: whether its newest version can be built must not decide whether its processes end.
/// </summary>
internal sealed class StopStep(ResourceClient client) : IStep<AppRun>
{
    public string Condition => ConditionTypes.Available;

    public async Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken)
    {
        if (!context.IsStopped)
            return new StepResult.Done(Reasons.Pending);
        if (context.Deployment is { Spec.Replicas: not 0 } deployment && OwnerReferences.IsControlledBy(deployment, context.App))
        {
            context.Deployment = await client.MergePatchAsync<V1Deployment>(
                ObjectKey.Of(deployment),
                new { metadata = new { uid = deployment.Metadata.Uid }, spec = new { replicas = 0 } },
                new WriteOptions { FieldManager = ApiGroup.FieldManager },
                cancellationToken);
        }

        return new StepResult.Done(Reasons.Stopped);
    }
}

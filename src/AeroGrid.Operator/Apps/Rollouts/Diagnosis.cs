using k8s.Models;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Apps.Rollouts;

/// <summary>
/// Says more about an app that never listened: what the kubelet's probe met. That is told in events only, which are not worth a watch;
/// they are read when an app has failed.
/// </summary>
internal sealed class Diagnosis(ResourceClient client)
{
    public async Task<StepResult> ExplainAsync(StepResult.Stalled stalled, Rollout rollout, CancellationToken cancellationToken)
    {
        if (rollout.NewPods.Count == 0)
            return stalled;
        var pod = rollout.NewPods[0];
        var events = await client.ListAsync<Corev1Event>(
            new ListRequest
            {
                Namespace = pod.Metadata.NamespaceProperty,
                FieldSelector = $"involvedObject.uid={pod.Metadata.Uid},reason=Unhealthy",
            },
            cancellationToken);
        var last = events.Items.MaxBy(e => e.LastTimestamp ?? e.EventTime ?? e.FirstTimestamp);
        return last?.Message is { Length: > 0 } message ? stalled with { Message = $"{stalled.Message}. {LastOutput.Of(message)}" } : stalled;
    }
}

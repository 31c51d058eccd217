using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Informers;

namespace AeroGrid.Node.Controllers.Scheduling;

/// <summary>
/// Binds pods that wait to a node that may take them. A pod that none may take says why in its condition PodScheduled and in an event,
/// and is looked at again when a node changes.
/// </summary>
internal sealed class Scheduler(
    ResourceClient client, Informer<V1Pod> pods, Informer<V1Node> nodes, EventRecorder events, TimeProvider time) : IReconciler<V1Pod>
{
    /// <summary>The name under which pods ask for this scheduler, which is what they do when they ask for none.</summary>
    public const string Name = "default-scheduler";

    private static readonly WriteOptions Write = new() { FieldManager = "kube-scheduler" };

    /// <summary>Whether a change of a pod can mean work.</summary>
    public static bool IsWaiting(V1Pod? pod) =>
        pod is { Metadata.DeletionTimestamp: null }
        && string.IsNullOrEmpty(pod.Spec.NodeName)
        && pod.Spec.SchedulerName is null or "" or Name
        && pod.Spec.SchedulingGates is null or { Count: 0 }
        && pod.Status?.Phase is not ("Succeeded" or "Failed");

    /// <summary>The pods that wait; for the watch of nodes.</summary>
    public IEnumerable<ObjectKey> Waiting() => pods.List().Where(IsWaiting).Select(ObjectKey.Of);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (pods.Get(key) is not { } pod || !IsWaiting(pod))
            return ReconcileResult.Done;
        var all = nodes.List();
        var obstacles = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in all.OrderBy(static node => node.Metadata.Name, StringComparer.Ordinal))
        {
            if (NodeFit.Obstacle(node, pod) is not { } obstacle)
            {
                await BindAsync(pod, node, cancellationToken).ConfigureAwait(false);
                return ReconcileResult.Done;
            }

            obstacles[obstacle] = obstacles.GetValueOrDefault(obstacle) + 1;
        }

        var why = all.Count == 0
            ? "no nodes available to schedule pods"
            : $"0/{all.Count} nodes are available: {string.Join(", ", obstacles.Select(static pair => $"{pair.Value} {pair.Key}"))}.";
        await TellAsync(pod, why, cancellationToken).ConfigureAwait(false);
        return ReconcileResult.Done;
    }

    private async Task BindAsync(V1Pod pod, V1Node node, CancellationToken cancellationToken)
    {
        var key = ObjectKey.Of(pod);
        var binding = new V1Binding
        {
            ApiVersion = V1Binding.KubeApiVersion,
            Kind = V1Binding.KubeKind,

            // With the uid the server binds this very pod, never one that took its name.
            Metadata = new() { NamespaceProperty = key.Namespace, Name = key.Name, Uid = pod.Metadata.Uid },
            Target = new() { ApiVersion = V1Node.KubeApiVersion, Kind = V1Node.KubeKind, Name = node.Metadata.Name },
        };
        try
        {
            await client.CreateSubresourceAsync<V1Pod>(key, "binding", binding, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone or bound already; if neither, the next event of the pod tells.
            return;
        }

        events.Normal(pod, "Scheduled", $"Successfully assigned {key} to {node.Metadata.Name}");
    }

    private async Task TellAsync(V1Pod pod, string why, CancellationToken cancellationToken)
    {
        var old = pod.Status?.Conditions?.FirstOrDefault(static condition => condition.Type == "PodScheduled");
        if (old is { Status: "False", Reason: "Unschedulable" } && old.Message == why)
            return;
        events.Warning(pod, "FailedScheduling", why);
        var condition = new V1PodCondition
        {
            Type = "PodScheduled",
            Status = "False",
            Reason = "Unschedulable",
            Message = why,
            LastTransitionTime = old?.Status == "False" ? old.LastTransitionTime : ApiTime.Now(time),
        };
        var status = new { conditions = new[] { condition } };
        try
        {
            // Strategic merge: conditions are merged by type, so the kubelet's are not touched.
            await client.PatchAsync<V1Pod>(
                ObjectKey.Of(pod),
                new V1Patch(new { metadata = new { uid = pod.Metadata.Uid }, status }, V1Patch.PatchType.StrategicMergePatch),
                Write with { Subresource = "status" },
                cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted meanwhile.
        }
    }
}

using System.Collections.Concurrent;

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;

using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.Collection;

/// <summary>
/// Removes the pods of a node that is gone (Kubernetes documentation, "Pod Lifecycle: Garbage collection of Pods"): no kubelet is left that
/// would end them, and their owners would wait for ever. A node that is only away for a moment, while it registers anew, keeps its pods.
/// </summary>
internal sealed class PodCollector(
    ResourceClient client, Informer<V1Pod> pods, Informer<V1Node> nodes, TimeSpan grace, TimeProvider time) : IReconciler<V1Pod>
{
    private readonly ConcurrentDictionary<string, long> missingSince = new(StringComparer.Ordinal);

    /// <summary>Whether a pod is bound to a node that the cache does not have.</summary>
    public bool IsStranded(V1Pod? pod) => pod is { Spec.NodeName: { Length: > 0 } node } && nodes.Get(new ObjectKey(node)) is null;

    /// <summary>The pods that a node leaves behind, when it is gone; for the watch of nodes.</summary>
    public IEnumerable<ObjectKey> LeftBehindBy(V1Node node)
    {
        if (nodes.Get(ObjectKey.Of(node)) is null)
            return pods.List().Where(pod => pod.Spec.NodeName == node.Metadata.Name).Select(ObjectKey.Of);
        missingSince.TryRemove(node.Metadata.Name, out _);
        return [];
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (pods.Get(key) is not { } pod || !IsStranded(pod))
            return ReconcileResult.Done;
        var left = grace - time.GetElapsedTime(missingSince.GetOrAdd(pod.Spec.NodeName, time.GetTimestamp()));
        if (left > TimeSpan.Zero)
            return ReconcileResult.RequeueAfter(left, "NodeMissing");

        // The cache may be behind: pods are removed only when the server, too, has no such node.
        if (await client.GetAsync<V1Node>(new ObjectKey(pod.Spec.NodeName), cancellationToken).ConfigureAwait(false) is not null)
            return ReconcileResult.Done;
        try
        {
            if (!pod.IsTerminal())
                await FailAsync(key, pod, cancellationToken).ConfigureAwait(false);
            await client.DeleteAsync<V1Pod>(key, new DeleteOptions { Uid = pod.Metadata.Uid, GracePeriodSeconds = 0 }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone by itself, or another pod has the name by now.
        }

        return ReconcileResult.Done;
    }

    /// <summary>A Job counts its pod by its phase, which nobody else will write any more.</summary>
    private Task<V1Pod> FailAsync(ObjectKey key, V1Pod pod, CancellationToken cancellationToken) => client.MergePatchAsync<V1Pod>(
        key,
        new
        {
            metadata = new { uid = pod.Metadata.Uid },
            status = new { phase = "Failed", reason = "NodeLost", message = $"The node {pod.Spec.NodeName} does not exist any more." },
        },
        new WriteOptions { Subresource = "status", FieldManager = "pod-garbage-collector" },
        cancellationToken);
}

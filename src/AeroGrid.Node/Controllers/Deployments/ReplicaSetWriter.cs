using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>
/// Writes a Deployment's ReplicaSets. Every write is bound to the version that the decision was made on: on a stale one it fails with a
/// conflict, and the pass begins again with what the cache has by then.
/// </summary>
internal sealed class ReplicaSetWriter(ResourceClient client, EventRecorder events)
{
    private static readonly WriteOptions Write = new() { FieldManager = "deployment-controller" };

    /// <summary>Creates a set.</summary>
    /// <returns>The set, or null when its name is taken by something else: the caller chooses another.</returns>
    public async Task<V1ReplicaSet?> CreateAsync(V1Deployment deployment, V1ReplicaSet set, CancellationToken cancellationToken)
    {
        try
        {
            var created = await client.CreateAsync(set, Write, cancellationToken).ConfigureAwait(false);
            if (created.Replicas() > 0)
            {
                events.Normal(
                    deployment, "ScalingReplicaSet", $"Scaled up replica set {created.Metadata.Name} from 0 to {created.Replicas()}");
            }

            return created;
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            // Mostly the set that this controller made a moment ago and that the cache does not show yet.
            var present = await client.GetAsync<V1ReplicaSet>(ObjectKey.Of(set), cancellationToken).ConfigureAwait(false);
            return present is not null
                && OwnerReferences.IsControlledBy(present, deployment)
                && present.Metadata.DeletionTimestamp is null
                && PodTemplates.Canonical(present.Spec.Template) == PodTemplates.Canonical(deployment.Spec.Template)
                ? present
                : null;
        }
    }

    /// <summary>Gives a set a size and annotations, when it does not have them.</summary>
    /// <returns>The set as it is now.</returns>
    public async Task<V1ReplicaSet> UpdateAsync(
        V1Deployment deployment, V1ReplicaSet set, int replicas, IDictionary<string, string>? annotations, int? minReadySeconds, CancellationToken cancellationToken)
    {
        var before = set.Replicas();
        var wanted = ReplicaSetAnnotations.WithSizes(annotations ?? set.Metadata.Annotations, deployment);
        if (before == replicas && Same(set.Metadata.Annotations, wanted) && (set.Spec.MinReadySeconds ?? 0) == (minReadySeconds ?? 0))
            return set;
        var patch = new
        {
            metadata = new { resourceVersion = set.Metadata.ResourceVersion, uid = set.Metadata.Uid, annotations = wanted },
            spec = new { replicas, minReadySeconds = minReadySeconds ?? 0 },
        };
        var updated = await client.MergePatchAsync<V1ReplicaSet>(ObjectKey.Of(set), patch, Write, cancellationToken).ConfigureAwait(false);
        if (before != replicas)
        {
            var direction = before < replicas ? "up" : "down";
            events.Normal(
                deployment, "ScalingReplicaSet", $"Scaled {direction} replica set {set.Metadata.Name} from {before} to {replicas}");
        }

        return updated;
    }

    /// <summary>Deletes a set that nobody needs any more.</summary>
    public Task DeleteAsync(V1ReplicaSet set, CancellationToken cancellationToken) => client.DeleteAsync<V1ReplicaSet>(
        ObjectKey.Of(set),
        new DeleteOptions { Uid = set.Metadata.Uid, ResourceVersion = set.Metadata.ResourceVersion, Propagation = PropagationPolicy.Background },
        cancellationToken);

    private static bool Same(IDictionary<string, string>? left, Dictionary<string, string> right) =>
        left is not null && left.Count == right.Count && right.All(pair => left.TryGetValue(pair.Key, out var value) && value == pair.Value);
}

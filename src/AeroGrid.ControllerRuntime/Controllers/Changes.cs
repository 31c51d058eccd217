using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Controllers;

/// <summary>Ready-made answers to "is this change worth a reconcile?", for <see cref="ControllerBuilder{T}.Where"/>.</summary>
public static class Changes
{
    /// <summary>
    /// Everything but a change of the status alone: the generation (which the server raises with every change of the spec), labels,
    /// annotations, finalizers, owners, deletion. For kinds without a generation (ConfigMap, Secret) every change counts.
    /// </summary>
    public static bool BeyondStatus<T>(T? old, T? now)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (old is null || now is null)
            return true;
        var (before, after) = (old.Metadata, now.Metadata);
        return before.Generation is null
            || before.Generation != after.Generation
            || before.Uid != after.Uid
            || before.DeletionTimestamp != after.DeletionTimestamp
            || !Same(before.Labels, after.Labels)
            || !Same(before.Annotations, after.Annotations)
            || !(before.Finalizers ?? []).SequenceEqual(after.Finalizers ?? [])
            || !(before.OwnerReferences ?? []).SequenceEqual(after.OwnerReferences ?? []);
    }

    private static bool Same(IDictionary<string, string>? left, IDictionary<string, string>? right)
    {
        if ((left?.Count ?? 0) != (right?.Count ?? 0))
            return false;
        return left is null || right is null || left.All(pair => right.TryGetValue(pair.Key, out var value) && value == pair.Value);
    }
}

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;

using AeroGrid.Node.Controllers.Ownership;

namespace AeroGrid.Node.Controllers.EndpointSlices;

/// <summary>
/// Tells in EndpointSlices where a Service's pods are reached (Kubernetes documentation, "EndpointSlices"). Services without a selector
/// are left to whoever writes their slices.
/// </summary>
internal sealed class EndpointSliceReconciler(
    ResourceClient client,
    Informer<V1Service> services,
    Informer<V1Pod> pods,
    Informer<V1EndpointSlice> slices) : IReconciler<V1Service>
{
    private static readonly WriteOptions Write = new() { FieldManager = "endpointslice-controller" };

    /// <summary>The Services that a pod is or was behind; for the watch of pods.</summary>
    public IEnumerable<ObjectKey> ServicesOf(V1Pod pod)
    {
        if (pod.Metadata.Labels is not { Count: > 0 })
            yield break;
        foreach (var service in services.List(pod.Metadata.NamespaceProperty))
        {
            if (IsManaged(service) && LabelSelectors.HasAll(service.Spec.Selector, pod.Metadata.Labels))
                yield return ObjectKey.Of(service);
        }
    }

    /// <summary>The Service that a slice of this controller is about; for the watch of slices.</summary>
    public static IEnumerable<ObjectKey> ServiceOf(V1EndpointSlice slice)
    {
        string? name = null;
        return IsOurs(slice) && slice.Metadata.Labels.TryGetValue(SlicePlan.ServiceNameLabel, out name)
            ? [new(slice.Metadata.NamespaceProperty, name)]
            : [];
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var service = services.Get(key);
        if (service is null || service.Metadata.DeletionTimestamp is not null)
            return ReconcileResult.Done;
        var present = slices.List(key.Namespace)
            .Where(slice => IsOurs(slice) && slice.Metadata.Labels.TryGetValue(SlicePlan.ServiceNameLabel, out var of) && of == key.Name)
            .ToDictionary(static slice => slice.Metadata.Name, StringComparer.Ordinal);
        var wanted = IsManaged(service)
            ? SlicePlan.For(service, pods.List(key.Namespace).Where(pod => LabelSelectors.HasAll(service.Spec.Selector, pod.Metadata.Labels)))
            : [];

        // What can be reached comes first, then what cannot be reached any more: in between there is never nothing.
        var writes = new List<Task>();
        foreach (var slice in wanted)
        {
            if (!present.Remove(slice.Metadata.Name, out var old))
                writes.Add(CreateAsync(slice, cancellationToken));
            else if (!SliceComparison.Same(old, slice))
                writes.Add(ReplaceAsync(old, slice, cancellationToken));
        }

        await Task.WhenAll(writes).ConfigureAwait(false);
        await Task.WhenAll(present.Values.Select(slice => DeleteAsync(slice, cancellationToken))).ConfigureAwait(false);
        return ReconcileResult.Done;
    }

    private static bool IsManaged(V1Service service) =>
        service.Spec.Selector is { Count: > 0 } && service.Spec.Type != "ExternalName" && service.Metadata.DeletionTimestamp is null;

    private static bool IsOurs(V1EndpointSlice slice) =>
        slice.Metadata.Labels?.TryGetValue(SlicePlan.ManagedByLabel, out var by) == true && by == SlicePlan.ManagedBy;

    private async Task CreateAsync(V1EndpointSlice slice, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(slice, Write, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            // Its event is on the way and brings the next pass; unless someone else has the name, and then waiting would be in vain.
            var present = await client.GetAsync<V1EndpointSlice>(ObjectKey.Of(slice), cancellationToken).ConfigureAwait(false);
            if (present is not null && !SliceComparison.Same(present, slice))
                await ReplaceAsync(present, slice, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReplaceAsync(V1EndpointSlice old, V1EndpointSlice slice, CancellationToken cancellationToken)
    {
        slice.Metadata.ResourceVersion = old.Metadata.ResourceVersion;
        slice.Metadata.Uid = old.Metadata.Uid;
        await client.ReplaceAsync(slice, Write, cancellationToken).ConfigureAwait(false);
    }

    private async Task DeleteAsync(V1EndpointSlice slice, CancellationToken cancellationToken) =>
        await client.DeleteAsync<V1EndpointSlice>(ObjectKey.Of(slice), new DeleteOptions { Uid = slice.Metadata.Uid }, cancellationToken)
            .ConfigureAwait(false);
}

using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.ControllerRuntime.Objects;

/// <summary>Finalizers keep a deleted object until what belongs to it is cleaned up. Names have a domain: <c>aerogrid.io/routes</c>.</summary>
public static class Finalizers
{
    /// <summary>Whether an object has a finalizer.</summary>
    public static bool Has(IKubernetesObject<V1ObjectMeta> obj, string finalizer)
    {
        ArgumentNullException.ThrowIfNull(obj);
        return obj.Metadata.Finalizers?.Contains(finalizer) == true;
    }

    /// <summary>Whether an object is being deleted and only finalizers keep it.</summary>
    public static bool IsDeleting(IKubernetesObject<V1ObjectMeta> obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        return obj.Metadata.DeletionTimestamp is not null;
    }

    /// <summary>
    /// Adds a finalizer, unless it is there; call it before anything is made that must be cleaned up.
    /// </summary>
    /// <returns>The object as the server keeps it, or the given one when nothing was to do.</returns>
    /// <exception cref="KubernetesApiException">A conflict: the object changed since it was read, so the caller reconciles again.</exception>
    public static async Task<T> EnsureAsync<T>(ResourceClient client, T obj, string finalizer, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(client);
        return Has(obj, finalizer)
            ? obj
            : await WriteAsync(client, obj, [.. obj.Metadata.Finalizers ?? [], finalizer], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a finalizer; with the last one a deleted object goes. No failure when finalizer or object are gone already.</summary>
    /// <exception cref="KubernetesApiException">A conflict: the object changed since it was read, so the caller reconciles again.</exception>
    public static async Task RemoveAsync<T>(ResourceClient client, T obj, string finalizer, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!Has(obj, finalizer))
            return;
        try
        {
            await WriteAsync(client, obj, [.. obj.Metadata.Finalizers.Where(other => other != finalizer)], cancellationToken)
                .ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Gone already: someone else removed it, which is what was wanted.
        }
    }

    // A merge patch replaces the whole list, so it must be bound to the version in which the list was read.
    private static Task<T> WriteAsync<T>(ResourceClient client, T obj, List<string> finalizers, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        client.MergePatchAsync<T>(
            ObjectKey.Of(obj),
            new { metadata = new { resourceVersion = obj.Metadata.ResourceVersion, uid = obj.Metadata.Uid, finalizers } },
            write: null,
            cancellationToken);
}

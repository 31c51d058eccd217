using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Node.Controllers.Ownership;

/// <summary>
/// Decides which objects belong to an owner, by the rules of Kubernetes' controllers: an owned object that no longer fits the selector
/// is released, an object without a controller that fits is adopted, everything else is left alone.
/// </summary>
/// <typeparam name="TChild">The kind that is owned.</typeparam>
internal sealed class Claims<TChild>
    where TChild : class, IKubernetesObject<V1ObjectMeta>
{
    private const string Orphans = "orphans-by-namespace";

    private readonly ResourceClient client;
    private readonly Informer<TChild> children;

    public Claims(ResourceClient client, Informer<TChild> children)
    {
        this.client = client;
        this.children = children;
        if (!children.HasIndex(Orphans))
            children.AddIndex(Orphans, static obj => OwnerReferences.ControllerOf(obj) is null ? [obj.Metadata.NamespaceProperty] : []);
    }

    /// <summary>The owner's objects after adopting and releasing.</summary>
    /// <param name="owner">As the cache has it.</param>
    /// <param name="selector">Its selector; never an empty one.</param>
    /// <param name="owned">What refers to the owner now.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesApiException">A conflict: the object changed meanwhile, so the caller reconciles again.</exception>
    public async Task<List<TChild>> ClaimAsync<TOwner>(
        TOwner owner, V1LabelSelector selector, IEnumerable<TChild> owned, CancellationToken cancellationToken)
        where TOwner : class, IKubernetesObject<V1ObjectMeta>
    {
        var claimed = new List<TChild>();
        foreach (var child in owned)
        {
            if (LabelSelectors.Matches(selector, child.Metadata.Labels))
                claimed.Add(child);
            else if (owner.Metadata.DeletionTimestamp is null && child.Metadata.DeletionTimestamp is null)
                await WriteAsync(child, OthersThan(child, owner), cancellationToken).ConfigureAwait(false);
        }

        if (owner.Metadata.DeletionTimestamp is not null)
            return claimed;
        var mayAdopt = false;
        foreach (var orphan in children.ByIndex(Orphans, owner.Metadata.NamespaceProperty))
        {
            if (orphan.Metadata.DeletionTimestamp is not null || !LabelSelectors.Matches(selector, orphan.Metadata.Labels))
                continue;

            // The cache may be behind: an owner that is gone must adopt nothing, or the garbage collector deletes what was meant to stay.
            mayAdopt = mayAdopt || await IsAliveAsync(owner, cancellationToken).ConfigureAwait(false);
            if (!mayAdopt)
                break;
            List<V1OwnerReference> references = [.. OthersThan(orphan, owner), OwnerReferences.ToController(owner)];
            if (await WriteAsync(orphan, references, cancellationToken).ConfigureAwait(false) is { } adopted)
                claimed.Add(adopted);
        }

        return claimed;
    }

    private static List<V1OwnerReference> OthersThan(TChild child, IKubernetesObject<V1ObjectMeta> owner) =>
        [.. (child.Metadata.OwnerReferences ?? []).Where(reference => reference.Uid != owner.Metadata.Uid)];

    private async Task<bool> IsAliveAsync<TOwner>(TOwner owner, CancellationToken cancellationToken)
        where TOwner : class, IKubernetesObject<V1ObjectMeta> =>
        await client.GetAsync<TOwner>(ObjectKey.Of(owner), cancellationToken).ConfigureAwait(false) is { } fresh
        && fresh.Metadata.Uid == owner.Metadata.Uid
        && fresh.Metadata.DeletionTimestamp is null;

    /// <returns>The object as the server keeps it, or null when it is gone.</returns>
    private async Task<TChild?> WriteAsync(TChild child, List<V1OwnerReference> ownerReferences, CancellationToken cancellationToken)
    {
        // A merge patch replaces the whole list, so it is bound to the version in which the list was read.
        var metadata = new { uid = child.Metadata.Uid, resourceVersion = child.Metadata.ResourceVersion, ownerReferences };
        try
        {
            return await client.MergePatchAsync<TChild>(ObjectKey.Of(child), new { metadata }, write: null, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }
}

using k8s;
using k8s.Models;

using AeroGrid.Api;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Operator.Reconciling;

/// <summary>
/// Writes the objects that an owner's objects are made of: by server-side apply, only when there is something to write, and never over an
/// object that the owner does not control. Thread-safe.
/// </summary>
internal sealed class Children(ResourceClient client)
{
    /// <summary>Makes a child look as intended.</summary>
    /// <param name="intent">The members that are decided here; owner reference and the annotation of what was applied are added.</param>
    /// <param name="owner">Its controller.</param>
    /// <param name="cached">The child as an informer shows it; null when it shows none, or is not asked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The child as the server keeps it.</returns>
    /// <exception cref="NameTakenException">An object of this name belongs to someone else.</exception>
    public async Task<T> ApplyAsync<T>(
        T intent, IKubernetesObject<V1ObjectMeta> owner, T? cached, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        intent.OwnedBy(owner);
        Intent.Stamp(intent);
        if (cached is not null && OwnerReferences.IsControlledBy(cached, owner) && Intent.IsMetBy(intent, cached))
            return cached;

        // Not in the cache does not mean not there: the cache may lag, and it selects by label, which others' objects do not have.
        var existing = cached ?? await client.GetAsync<T>(ObjectKey.Of(intent), cancellationToken);
        if (existing is not null)
        {
            ThrowUnlessControlled(existing, owner);
            return await client.ApplyAsync(intent, ApiGroup.FieldManager, force: true, cancellationToken);
        }

        // Without force: should another make an object of this name right now, this is a conflict, and the next attempt sees whose it is.
        return await client.ApplyAsync(intent, ApiGroup.FieldManager, force: false, cancellationToken);
    }

    /// <summary>Deletes a child that is not wanted any more, if it is the owner's.</summary>
    /// <param name="cached">The child as an informer shows it; null when it shows none.</param>
    /// <param name="owner">Its controller.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DeleteAsync<T>(T? cached, IKubernetesObject<V1ObjectMeta> owner, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (cached is null || !OwnerReferences.IsControlledBy(cached, owner) || Finalizers.IsDeleting(cached))
            return;
        await client.DeleteAsync<T>(ObjectKey.Of(cached), new DeleteOptions { Uid = cached.Metadata.Uid }, cancellationToken);
    }

    private static void ThrowUnlessControlled<T>(T existing, IKubernetesObject<V1ObjectMeta> owner)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (OwnerReferences.IsControlledBy(existing, owner))
            return;
        var (kind, key) = (ResourceTypes.Of<T>().Kind, ObjectKey.Of(existing));
        throw new NameTakenException(OwnerReferences.ControllerOf(existing) is { } other
            ? $"{kind} {key} exists and belongs to {other.Kind} {other.Name}: rename the {owner.Kind}, or delete that."
            : $"{kind} {key} exists and is not AeroGrid's: rename the {owner.Kind}, or delete the {kind}.");
    }
}

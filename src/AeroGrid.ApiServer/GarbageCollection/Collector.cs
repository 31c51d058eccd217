using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.GarbageCollection;

/// <summary>
/// The decisions of garbage collection (https://kubernetes.io/docs/concepts/architecture/garbage-collection/). Every step can be repeated: it
/// looks at what is stored now. Thread-safe.
/// </summary>
internal sealed class Collector(ObjectStore store, IResourceCatalog catalog, OwnerLookup owners, ObjectUpdater updater, ObjectDeleter deleter)
{
    private const string Manager = "garbage-collector";
    private static readonly ParallelOptions Width = new() { MaxDegreeOfParallelism = 16 };

    /// <summary>Looks at everything that names a uid as its owner.</summary>
    public Task VisitDependentsAsync(string uid, bool isGone) =>
        Parallel.ForEachAsync(store.OwnedBy(uid), Width, async (key, _) => await VisitDependentAsync(key, isGone ? uid : null));

    /// <summary>Deletes an object whose owners are all gone, and removes references to those that are.</summary>
    public async Task VisitDependentAsync(ObjectKey key, string? goneUid)
    {
        if (Read(key) is not var (definition, obj))
        {
            return;
        }

        var references = obj.OwnerReferences().ToList();
        if (references.Count == 0)
        {
            return;
        }

        var states = references.ToDictionary(r => r, r => owners.StateOf(r, key, goneUid));
        if (states.ContainsValue(OwnerState.Solid))
        {
            var obsolete = states.Where(s => s.Value != OwnerState.Solid).Select(s => s.Key.Text("uid") ?? "").ToHashSet();
            if (obsolete.Count > 0)
            {
                await RemoveReferencesAsync(definition, key, obsolete);
            }

            return;
        }

        if (obj.IsTerminating())
        {
            return;
        }

        var uid = obj.Metadata().Text("uid") ?? "";
        var policy = obj.Finalizers() switch
        {
            var f when f.Contains(ObjectMetadata.OrphanFinalizer) => Propagation.Orphan,
            var f when f.Contains(ObjectMetadata.ForegroundFinalizer) => Propagation.Foreground,

            // The owner waits for this object, and this object in turn for its own dependents.
            _ when states.ContainsValue(OwnerState.Waiting) && store.OwnedBy(uid).Count > 0 => Propagation.Foreground,
            _ => Propagation.Background,
        };
        await IgnoreGoneAsync(() => deleter.DeleteAsync(
            SystemWrites.Request(definition, key, Manager), new DeleteOptions { Propagation = policy, Uid = uid }));
    }

    /// <summary>Does what the finalizers of an object that is being deleted wait for.</summary>
    public async Task VisitTerminatingAsync(ObjectKey key)
    {
        if (Read(key) is not var (definition, obj) || !obj.IsTerminating())
        {
            return;
        }

        var uid = obj.Metadata().Text("uid") ?? "";
        if (obj.Finalizers().Contains(ObjectMetadata.OrphanFinalizer))
        {
            await Parallel.ForEachAsync(store.OwnedBy(uid), Width, async (dependent, _) =>
            {
                if (catalog.Current.ByStorageKey(dependent.Resource) is { } kind)
                {
                    await RemoveReferencesAsync(kind, dependent, [uid]);
                }
            });
            await RemoveFinalizerAsync(definition, key, ObjectMetadata.OrphanFinalizer);
        }

        if (obj.Finalizers().Contains(ObjectMetadata.ForegroundFinalizer))
        {
            await VisitDependentsAsync(uid, isGone: false);
            if (!store.OwnedBy(uid).Any(dependent => Blocks(dependent, uid)))
            {
                await RemoveFinalizerAsync(definition, key, ObjectMetadata.ForegroundFinalizer);
            }
        }
    }

    /// <summary>Looks again at owners that may have waited for an object that is gone now.</summary>
    public async Task VisitOwnersAsync(ObjectKey dependent, JsonObject last)
    {
        foreach (var reference in last.OwnerReferences())
        {
            if (owners.KeyOf(reference, dependent) is { } owner)
            {
                await VisitTerminatingAsync(owner);
            }
        }
    }

    private (ResourceDefinition Definition, JsonObject Object)? Read(ObjectKey key) =>
        catalog.Current.ByStorageKey(key.Resource) is { } definition && store.Get(key) is { } stored
            ? (definition, ObjectCodec.Decode(stored, definition))
            : null;

    private bool Blocks(ObjectKey dependent, string ownerUid) =>
        store.Get(dependent) is { } stored
        && ObjectCodec.Decode(stored).OwnerReferences().Any(r => r.Text("uid") == ownerUid && r["blockOwnerDeletion"]?.ToString() == "true");

    private Task RemoveReferencesAsync(ResourceDefinition definition, ObjectKey key, HashSet<string> uids) =>
        IgnoreGoneAsync(() => updater.UpdateAsync(SystemWrites.Request(definition, key, Manager), obj =>
        {
            var kept = obj.OwnerReferences().Where(r => !uids.Contains(r.Text("uid") ?? "")).Select(r => r.DeepClone()).ToArray();
            if (kept.Length == 0)
            {
                obj.Metadata().Remove("ownerReferences");
            }
            else
            {
                obj.Metadata()["ownerReferences"] = new JsonArray(kept);
            }

            return obj;
        }));

    private Task RemoveFinalizerAsync(ResourceDefinition definition, ObjectKey key, string finalizer) =>
        IgnoreGoneAsync(() => updater.UpdateAsync(SystemWrites.Request(definition, key, Manager), obj =>
        {
            obj.SetFinalizers([.. obj.Finalizers().Where(f => f != finalizer)]);
            return obj;
        }));

    private static async Task IgnoreGoneAsync<T>(Func<Task<T>> write)
    {
        try
        {
            await write();
        }
        catch (ApiException e) when (e.Code == 404 || (e.Code == 409 && e.Message.Contains("UID in precondition", StringComparison.Ordinal)))
        {
            // It is gone, or another object has its name now: either way there is nothing left to do.
        }
    }
}

using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.GarbageCollection;

/// <summary>Finds owners by the references to them. Thread-safe.</summary>
internal sealed class OwnerLookup(ObjectStore store, IResourceCatalog catalog)
{
    /// <summary>The state of an owner.</summary>
    /// <param name="reference">The entry of ownerReferences.</param>
    /// <param name="dependent">The object that has it.</param>
    /// <param name="goneUid">An object of this uid is known to be gone, whether or not its kind is still served.</param>
    public OwnerState StateOf(JsonObject reference, ObjectKey dependent, string? goneUid)
    {
        var uid = reference.Text("uid");
        if (uid is not null && uid == goneUid)
        {
            return OwnerState.Gone;
        }

        // An owner that cannot be looked up might exist: an object is never deleted on a guess.
        if (KeyOf(reference, dependent) is not { } key)
        {
            return OwnerState.Solid;
        }

        if (store.Get(key) is not { } stored)
        {
            return OwnerState.Gone;
        }

        var owner = ObjectCodec.Decode(stored);
        if (owner.Metadata().Text("uid") != uid)
        {
            return OwnerState.Gone;
        }

        return owner.IsTerminating() && owner.Finalizers().Contains(ObjectMetadata.ForegroundFinalizer) ? OwnerState.Waiting : OwnerState.Solid;
    }

    /// <summary>Where an owner is stored; null when its kind is not served, or it cannot own the dependent.</summary>
    public ObjectKey? KeyOf(JsonObject reference, ObjectKey dependent)
    {
        var (apiVersion, kind, name) = (reference.Text("apiVersion") ?? "", reference.Text("kind"), reference.Text("name"));
        var slash = apiVersion.IndexOf('/');
        var group = slash < 0 ? "" : apiVersion[..slash];
        var definition = catalog.Current.All.FirstOrDefault(d => d.Group == group && d.Kind == kind);
        if (definition is null || name is null || (definition.Namespaced && dependent.Namespace.Length == 0))
        {
            return null;
        }

        return new ObjectKey(definition.StorageKey, definition.Namespaced ? dependent.Namespace : "", name);
    }
}

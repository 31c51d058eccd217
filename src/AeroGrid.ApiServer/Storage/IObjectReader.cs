using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// Reads stored objects inside the process, for the parts that decide about requests (authorization, admission, catalog, garbage
/// collection). Objects are the caller's own copies. Thread-safe.
/// </summary>
public interface IObjectReader
{
    /// <summary>The object, or null.</summary>
    /// <param name="storageKey">See <see cref="Resources.ResourceDefinition.StorageKey"/>.</param>
    /// <param name="namespaceName">Namespace; null for cluster-scoped objects.</param>
    /// <param name="name">Name.</param>
    JsonObject? Get(string storageKey, string? namespaceName, string name);

    /// <summary>All objects of a resource, or those of one namespace.</summary>
    IReadOnlyList<JsonObject> List(string storageKey, string? namespaceName = null);

    /// <summary>
    /// Calls back for every committed change of a resource, in the order of revisions and before the writer is answered: what the callback
    /// keeps is up to date when the writer goes on. The callback must be quick and must not write. Objects that exist already are not
    /// told: subscribe first, then <see cref="List"/>.
    /// </summary>
    IDisposable Subscribe(string storageKey, Action<StoredChange> changed);
}

/// <summary>One committed change.</summary>
/// <param name="Revision">The store's revision, the object's new resourceVersion.</param>
/// <param name="Old">State before; null on creation.</param>
/// <param name="New">State after; null on removal.</param>
public sealed record StoredChange(long Revision, JsonObject? Old, JsonObject? New);

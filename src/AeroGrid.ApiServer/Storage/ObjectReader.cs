using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Storage;

/// <summary><see cref="IObjectReader"/> on the store.</summary>
internal sealed class ObjectReader(ObjectStore store) : IObjectReader
{
    /// <inheritdoc/>
    public JsonObject? Get(string storageKey, string? namespaceName, string name) =>
        store.Get(new ObjectKey(storageKey, namespaceName ?? "", name)) is { } stored ? ObjectCodec.Decode(stored) : null;

    /// <inheritdoc/>
    public IReadOnlyList<JsonObject> List(string storageKey, string? namespaceName = null) =>
        [.. store.Enumerate(new PageQuery(storageKey, namespaceName, store.Bounds().Newest)).Select(ObjectCodec.Decode)];

    /// <inheritdoc/>
    public IDisposable Subscribe(string storageKey, Action<StoredChange> changed) =>
        store.Subscribe(storageKey, change => changed(new StoredChange(change.Revision, DecodeOrNull(change.Old), DecodeOrNull(change.New))));

    private static JsonObject? DecodeOrNull(StoredObject? stored) => stored is null ? null : ObjectCodec.Decode(stored);
}

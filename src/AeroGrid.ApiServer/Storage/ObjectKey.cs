namespace AeroGrid.ApiServer.Storage;

/// <summary>Where an object is stored.</summary>
/// <param name="Resource">See <see cref="Resources.ResourceDefinition.StorageKey"/>.</param>
/// <param name="Namespace">Namespace; empty for cluster-scoped objects.</param>
/// <param name="Name">Name.</param>
internal readonly record struct ObjectKey(string Resource, string Namespace, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Namespace.Length == 0 ? $"{Resource} {Name}" : $"{Resource} {Namespace}/{Name}";
}

/// <summary>One state of one object. Immutable: the bytes are shared and never written to.</summary>
/// <param name="Key">Which object.</param>
/// <param name="Revision">The revision that wrote this state: its <c>resourceVersion</c>.</param>
/// <param name="Value">See <see cref="ObjectCodec"/>.</param>
internal sealed record StoredObject(ObjectKey Key, long Revision, byte[] Value);

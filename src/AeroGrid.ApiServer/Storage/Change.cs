namespace AeroGrid.ApiServer.Storage;

/// <summary>One committed change of the log. Immutable and shared by all that follow the log.</summary>
/// <param name="Key">Which object.</param>
/// <param name="Revision">The revision of the change.</param>
/// <param name="Old">State before; null on creation.</param>
/// <param name="New">State after; null on removal.</param>
internal sealed record Change(ObjectKey Key, long Revision, StoredObject? Old, StoredObject? New)
{
    /// <summary>Bytes that remembering this change takes.</summary>
    public long Size => (Old?.Value.Length ?? 0) + (New?.Value.Length ?? 0) + 200;
}

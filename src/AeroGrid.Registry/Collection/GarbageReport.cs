namespace AeroGrid.Registry.Collection;

/// <summary>What a collection did.</summary>
/// <param name="Kept">Blobs in use.</param>
/// <param name="Young">Blobs that nothing refers to, kept since somebody may be about to.</param>
/// <param name="Deleted">Blobs deleted.</param>
/// <param name="DeletedBytes">Their bytes.</param>
/// <param name="EndedUploads">Uploads that nobody went on with.</param>
public sealed record GarbageReport(int Kept, int Young, int Deleted, long DeletedBytes, int EndedUploads);

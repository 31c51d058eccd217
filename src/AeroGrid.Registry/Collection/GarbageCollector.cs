using AeroGrid.Registry.Http;
using AeroGrid.Registry.Storage;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Registry.Collection;

/// <summary>
/// Deletes blobs which no manifest in the index needs, neither itself nor through others, once nobody asked for them during the grace period.
/// Pushes and pulls go on meanwhile. Which manifests are no longer used is for those to say who know: they delete them over HTTP.
/// </summary>
public sealed partial class GarbageCollector
{
    // So few that a push never waits noticeably, so many that the lock costs nothing.
    private const int BatchSize = 64;
    private readonly ImageLayout layout;
    private readonly ILogger logger;

    internal GarbageCollector(ImageLayout layout, ILogger<GarbageCollector> logger)
    {
        this.layout = layout;
        this.logger = logger;
    }

    /// <summary>Collects once. Collections at the same time do not harm each other.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task<GarbageReport> CollectAsync(CancellationToken cancellationToken = default)
    {
        HashSet<ContentDigest> reachable = [];
        // Most of the marking happens while pushes go on …
        Mark(layout.State, reachable, cancellationToken);
        int young = 0, deleted = 0;
        var bytes = 0L;
        foreach (var batch in layout.Blobs.List().Where(blob => !reachable.Contains(blob)).Chunk(BatchSize))
        {
            await layout.ExclusivelyAsync(state =>
            {
                // … and what was pushed since is marked while none does.
                Mark(state, reachable, cancellationToken);
                foreach (var blob in batch.Where(blob => !reachable.Contains(blob)))
                {
                    if (layout.Blobs.DeleteIfOld(blob) is not { } freed)
                    {
                        young++;
                        continue;
                    }

                    deleted++;
                    bytes += freed;
                }

                return true;
            }, cancellationToken);
        }

        var report = new GarbageReport(reachable.Count, young, deleted, bytes, layout.Uploads.EndOld());
        if (report.Deleted + report.EndedUploads > 0)
            Log.Collected(logger, report.Deleted, report.DeletedBytes, report.EndedUploads);
        return report;
    }

    private void Mark(LayoutState state, HashSet<ContentDigest> reachable, CancellationToken cancellationToken)
    {
        var manifests = new Stack<StoredManifest>(state.Repositories.Values.SelectMany(r => r.Manifests.Values));
        while (manifests.TryPop(out var manifest))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reachable.Add(manifest.Digest))
                MarkReferences(manifest, reachable, manifests);
        }
    }

    private void MarkReferences(StoredManifest manifest, HashSet<ContentDigest> reachable, Stack<StoredManifest> manifests)
    {
        foreach (var child in ReadReferences(manifest))
        {
            // A child of an index is a manifest itself, even where the index of the layout does not name it.
            if (ManifestReader.IsIndex(manifest.MediaType) && !reachable.Contains(child.Digest))
                manifests.Push(new StoredManifest(child.Digest, child.MediaType, child.Size));
            else
                reachable.Add(child.Digest);
        }
    }

    private IReadOnlyList<ContentReference> ReadReferences(StoredManifest manifest)
    {
        try
        {
            return ManifestReader.References(layout.Blobs.ReadAll(manifest.Digest), manifest.MediaType);
        }
        catch (Exception e) when (e is FileNotFoundException or RegistryProblem)
        {
            // A damaged folder must not keep the rest from being collected; pulling the image tells its users.
            Log.Unreadable(logger, manifest.Digest, e.Message);
            return [];
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Collected {Blobs} blobs of {Bytes} bytes and {Uploads} abandoned uploads")]
        public static partial void Collected(ILogger logger, int blobs, long bytes, int uploads);

        [LoggerMessage(2, LogLevel.Warning, "The manifest {Digest} cannot be read: {Reason}")]
        public static partial void Unreadable(ILogger logger, ContentDigest digest, string reason);
    }
}

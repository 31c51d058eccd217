using System.Collections.Concurrent;
using System.Text.Json;

using AeroGrid.Node.Sandbox;
using AeroGrid.Oci.Building;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Node.Images;

/// <summary>
/// The images of this node: pulled when a container needs them, each layer unpacked once however many images have it, removed when nothing
/// has used them for a while. It is a cache: it can be emptied at any time when no container runs. Thread-safe.
/// </summary>
internal sealed class ImageStore
{
    private readonly RegistryClient _registry;
    private readonly string _folder;
    private readonly long _maxLayerBytes;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Lazy<Task<Image>>> _pulls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Digest, Lazy<Task<bool>>> _unpacks = new();
    private readonly Lock _gate = new();

    /// <summary>Layers by digest: how many leases they have and when the last one ended.</summary>
    private readonly Dictionary<Digest, Use> _uses = [];

    /// <summary>A store in a folder of its own.</summary>
    public ImageStore(RegistryClient registry, string folder, long maxLayerBytes, TimeProvider time)
    {
        _registry = registry;
        _folder = folder;
        _maxLayerBytes = maxLayerBytes;
        _time = time;
    }

    private string Layers => Path.Combine(_folder, "layers");

    private string Images => Path.Combine(_folder, "images");

    private string Merged => Path.Combine(_folder, "merged");

    private string Unfinished => Path.Combine(_folder, "unfinished");

    /// <summary>
    /// Makes the folders and removes what a killed platform left unfinished. Files are not flushed to disk when they are unpacked, so after a
    /// crash of the machine they may be empty: then the store starts afresh, from a registry that is on the same machine.
    /// </summary>
    public void Open()
    {
        var bootFile = Path.Combine(_folder, "boot-id");
        var boot = ProcFile.BootId() ?? "";
        if (Directory.Exists(_folder) && (!File.Exists(bootFile) || File.ReadAllText(bootFile) != boot))
            Directory.Delete(_folder, recursive: true);
        if (Directory.Exists(Unfinished))
            Directory.Delete(Unfinished, recursive: true);
        foreach (var folder in new[] { _folder, Layers, Images, Merged, Unfinished })
            Directory.CreateDirectory(folder);
        File.WriteAllText(bootFile, boot);
        foreach (var layer in Directory.GetDirectories(Layers))
        {
            if (Digest.TryParse("sha256:" + Path.GetFileName(layer), out var digest))
                _uses[digest] = new(0, _time.GetUtcNow());
        }
    }

    /// <summary>Whether an image can be used without asking the registry.</summary>
    public bool Has(ImageReference reference) => reference.Digest is not null && File.Exists(ImageFile(reference));

    /// <summary>Gets an image, from the registry where this machine does not have it, and holds it.</summary>
    /// <exception cref="RegistryException">The registry does not have it or does not give it.</exception>
    /// <exception cref="InvalidDataException">A layer is malformed, hostile or too large.</exception>
    public async Task<ImageLease> GetAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        var image = await SharedAsync(_pulls, reference.ToString(), () => FindAsync(reference), cancellationToken).ConfigureAwait(false);
        Digest[] digests = [.. image.Manifest.Layers.Select(layer => layer.Digest)];
        Hold(digests);
        try
        {
            await Task.WhenAll(image.Manifest.Layers.Select(layer => SharedAsync(
                _unpacks, layer.Digest, async () => { await UnpackAsync(reference.Repository, layer).ConfigureAwait(false); return true; }, cancellationToken))).ConfigureAwait(false);
            return new ImageLease(
                reference.At(image.Descriptor.Digest).ToString(),
                image.Configuration,
                [.. digests.Select(digest => LayerContent.Read(LayerFolder(digest)))],
                () => Release(digests));
        }
        catch
        {
            Release(digests);
            throw;
        }
    }

    /// <summary>Composes what a container sees of its image.</summary>
    public RootFilesystem Compose(ImageLease image, IReadOnlyCollection<string> mountPoints)
    {
        var root = RootFilesystem.Compose(image.Layers, mountPoints);
        if (root.Mounts.Count + root.Links.Count <= RootFilesystem.MaxMounts)
            return root;

        var name = Digest.Of(JsonSerializer.SerializeToUtf8Bytes(image.Layers.Select(layer => layer.Folder).Concat(mountPoints.Order(StringComparer.Ordinal)))).Hex;
        var tree = Path.Combine(Merged, name);
        if (!Directory.Exists(tree))
        {
            var making = Path.Combine(Unfinished, Guid.NewGuid().ToString("N"));
            MergedTree.Make(image.Layers, making);
            foreach (var point in mountPoints.Where(point => !Path.Exists(Path.Combine(making, point.Trim('/')))))
                Directory.CreateDirectory(Path.Combine(making, point.Trim('/')));
            Finish(making, tree);
        }

        return RootFilesystem.Compose([new(tree, new HashSet<string>(), new HashSet<string>())], mountPoints);
    }

    /// <summary>Removes layers that nothing has used for a time, and images that lack one.</summary>
    /// <returns>How many layers are gone.</returns>
    public int Collect(TimeSpan unusedFor)
    {
        var before = _time.GetUtcNow() - unusedFor;
        List<Digest> gone;
        lock (_gate)
        {
            gone = [.. _uses.Where(use => use.Value.Leases == 0 && use.Value.Last <= before).Select(use => use.Key)];
            foreach (var digest in gone)
            {
                // Out of the way at once, so that whoever needs it now unpacks it anew; the slow part happens outside of the lock.
                _uses.Remove(digest);
                _unpacks.TryRemove(digest, out _);
                if (Directory.Exists(LayerFolder(digest)))
                    Directory.Move(LayerFolder(digest), Path.Combine(Unfinished, $"{digest.Hex}-{Guid.NewGuid():N}"));
            }

            if (gone.Count > 0 && _uses.Values.All(use => use.Leases == 0))
            {
                foreach (var tree in Directory.GetDirectories(Merged))
                    Directory.Move(tree, Path.Combine(Unfinished, Path.GetFileName(tree)));
            }
        }

        if (gone.Count > 0)
        {
            foreach (var folder in Directory.GetDirectories(Unfinished).Where(folder => Path.GetFileName(folder).Length >= 64))
                Directory.Delete(folder, recursive: true);
        }

        return gone.Count;
    }

    private async Task<Image> FindAsync(ImageReference reference)
    {
        // A tag may mean another image tomorrow: only what is named by digest is known without asking.
        if (reference.Digest is null)
            return await _registry.GetImageAsync(reference, CancellationToken.None).ConfigureAwait(false);
        var file = ImageFile(reference);
        if (File.Exists(file))
            return JsonSerializer.Deserialize<Image>(await File.ReadAllBytesAsync(file).ConfigureAwait(false))!;
        var image = await _registry.GetImageAsync(reference, CancellationToken.None).ConfigureAwait(false);
        var making = Path.Combine(Unfinished, Guid.NewGuid().ToString("N"));
        await File.WriteAllBytesAsync(making, JsonSerializer.SerializeToUtf8Bytes(image)).ConfigureAwait(false);
        File.Move(making, file, overwrite: true);
        return image;
    }

    private async Task UnpackAsync(RepositoryName repository, Descriptor layer)
    {
        var target = LayerFolder(layer.Digest);
        if (Directory.Exists(target))
            return;
        var name = Path.Combine(Unfinished, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(name);
        try
        {
            // On disk first: nothing of a blob may be used before all of it has the right digest.
            var blob = new FileStream(name + ".blob", new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose,
            });
            await using (blob.ConfigureAwait(false))
            {
                await _registry.PullBlobAsync(repository, layer, blob, CancellationToken.None).ConfigureAwait(false);
                blob.Position = 0;
                var tar = LayerStreams.OpenTar(blob, layer.MediaType);
                await using (tar.ConfigureAwait(false))
                    await LayerUnpacker.UnpackAsync(tar, name, _maxLayerBytes, CancellationToken.None).ConfigureAwait(false);
            }

            Finish(name, target);
        }
        finally
        {
            if (Directory.Exists(name))
                Directory.Delete(name, recursive: true);
        }
    }

    /// <summary>Puts something complete in its place; someone else may have been faster with the same.</summary>
    private static void Finish(string made, string target)
    {
        try
        {
            Directory.Move(made, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            Directory.Delete(made, recursive: true);
        }
    }

    private void Hold(IEnumerable<Digest> digests)
    {
        lock (_gate)
        {
            foreach (var digest in digests)
                _uses[digest] = new(_uses.GetValueOrDefault(digest).Leases + 1, _time.GetUtcNow());
        }
    }

    private void Release(IEnumerable<Digest> digests)
    {
        lock (_gate)
        {
            foreach (var digest in digests)
                _uses[digest] = new(_uses[digest].Leases - 1, _time.GetUtcNow());
        }
    }

    /// <summary>
    /// One run of the same work for all who want it now. It goes on when one of them no longer waits; a failure is forgotten, so that the
    /// next one tries again.
    /// </summary>
    private static async Task<T> SharedAsync<TKey, T>(
        ConcurrentDictionary<TKey, Lazy<Task<T>>> running, TKey key, Func<Task<T>> work, CancellationToken cancellationToken)
        where TKey : notnull
    {
        var run = running.GetOrAdd(key, _ => new Lazy<Task<T>>(() => Task.Run(work, CancellationToken.None)));
        try
        {
            return await run.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (run.Value.IsCompleted)
                running.TryRemove(new(key, run));
        }
    }

    private string LayerFolder(Digest digest) => Path.Combine(Layers, digest.Hex);

    private string ImageFile(ImageReference reference) => Path.Combine(Images, reference.Digest!.Value.Hex + ".json");

    private readonly record struct Use(int Leases, DateTimeOffset Last);
}

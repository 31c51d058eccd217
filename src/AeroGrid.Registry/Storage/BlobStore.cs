namespace AeroGrid.Registry.Storage;

/// <summary>Complete blobs, one file each. Thread-safe.</summary>
internal sealed class BlobStore(string folder, RegistryOptions options)
{
    // Keeps "it is there, and wanted" apart from "it is old, and deleted".
    private readonly Lock sweep = new();

    public string PathOf(ContentDigest digest) => Path.Combine(folder, digest.Hex);

    /// <summary>Size in bytes, or null when the blob does not exist.</summary>
    public long? Length(ContentDigest digest) => new FileInfo(PathOf(digest)) is { Exists: true } file ? file.Length : null;

    /// <summary>
    /// Size of a blob that somebody is about to refer to, or null. Its age starts anew: a client that is told it need not send the blob has the
    /// whole grace period to push the manifest.
    /// </summary>
    public long? Claim(ContentDigest digest)
    {
        lock (sweep)
        {
            var file = new FileInfo(PathOf(digest));
            if (!file.Exists)
                return null;
            var now = options.TimeProvider.GetUtcNow().UtcDateTime;
            // Most questions are about blobs in use; a write for each is not needed.
            if (now - file.LastWriteTimeUtc > options.GracePeriod / 4)
                file.LastWriteTimeUtc = now;
            return file.Length;
        }
    }

    /// <summary>
    /// Takes over a complete file whose digest was checked; it must be in the same file system and flushed. Its name is on the disk after
    /// <see cref="FlushNames"/>.
    /// </summary>
    public void Adopt(string temporary, ContentDigest digest)
    {
        File.SetLastWriteTimeUtc(temporary, options.TimeProvider.GetUtcNow().UtcDateTime);
        lock (sweep)
            File.Move(temporary, PathOf(digest), overwrite: true);
    }

    /// <summary>Waits until the names of all blobs are on the disk.</summary>
    public void FlushNames() => DurableFiles.FlushFolder(folder);

    /// <exception cref="FileNotFoundException">The blob does not exist.</exception>
    public byte[] ReadAll(ContentDigest digest) => File.ReadAllBytes(PathOf(digest));

    /// <summary>Every blob. Files that are none are left alone.</summary>
    public IEnumerable<ContentDigest> List()
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (ContentDigest.TryParseHex(Path.GetFileName(file), out var digest))
                yield return digest;
        }
    }

    /// <summary>Deletes a blob if nobody wanted it during the grace period. The bytes freed, or null when it stays.</summary>
    public long? DeleteIfOld(ContentDigest digest)
    {
        lock (sweep)
        {
            var file = new FileInfo(PathOf(digest));
            if (!file.Exists || options.TimeProvider.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc < options.GracePeriod)
                return null;
            var length = file.Length;
            file.Delete();
            return length;
        }
    }
}

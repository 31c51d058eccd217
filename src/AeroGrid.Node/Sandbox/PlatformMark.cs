namespace AeroGrid.Node.Sandbox;

/// <summary>
/// Says on the machine that a platform runs: a file in the memory of the machine, which holds its data folder and is locked for as long as the
/// process lives, however it ends. With it the next platform tells what a dead one left from what belongs to one that runs.
/// </summary>
internal sealed class PlatformMark : IDisposable
{
    private const string Name = "owner", FolderPrefix = "aerogrid-", Parent = "/dev/shm";
    private readonly FileStream _file;

    private PlatformMark(FileStream file) => _file = file;

    /// <summary>The folder of a platform's own in the machine's memory; null on machines without such.</summary>
    /// <param name="id">The platform's id.</param>
    public static string? FolderOf(string id) => Directory.Exists(Parent) ? Path.Combine(Parent, FolderPrefix + id) : null;

    /// <summary>Marks a platform as running.</summary>
    /// <param name="memoryFolder">Its folder, which is there.</param>
    /// <param name="dataFolder">The folder that its next start will clean up after it.</param>
    /// <exception cref="IOException">Another process runs a platform on the same folder.</exception>
    public static PlatformMark Set(string memoryFolder, string dataFolder)
    {
        var file = new FileStream(Path.Combine(memoryFolder, Name), new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.SetLength(0);
        file.Write(System.Text.Encoding.UTF8.GetBytes(dataFolder));
        return new(file);
    }

    /// <summary>
    /// Platforms of this user that are dead and will not clean up after themselves, since their data folder is gone. Each stays locked until it
    /// is disposed. Folders without a mark are nobody's proof of anything and are left alone.
    /// </summary>
    public static IEnumerable<(string Id, PlatformMark Mark)> Abandoned()
    {
        if (!Directory.Exists(Parent))
            yield break;
        foreach (var folder in Directory.EnumerateDirectories(Parent, FolderPrefix + "*"))
        {
            if (FileOwner.Of(folder) != Native.LibC.EffectiveUser() || TryLock(Path.Combine(folder, Name)) is not { } file)
                continue;
            using var reader = new StreamReader(file, leaveOpen: true);
            var mark = new PlatformMark(file);
            if (reader.ReadToEnd() is { Length: > 0 } dataFolder && !Directory.Exists(dataFolder))
                yield return (Path.GetFileName(folder)[FolderPrefix.Length..], mark);
            mark.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is locked, so its platform runs; or there is none.
            return null;
        }
    }
}

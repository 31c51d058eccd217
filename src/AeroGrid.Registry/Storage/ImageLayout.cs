namespace AeroGrid.Registry.Storage;

/// <summary>
/// The folder: <c>oci-layout</c>, <c>index.json</c>, <c>blobs/sha256</c> (OCI image specification, "Image layout"), and <c>uploads</c> for what is not
/// complete yet. Thread-safe.
/// </summary>
/// <remarks>
/// A crash at any moment leaves complete blobs and a complete index: blobs get their name when they are complete and flushed, and the index names
/// manifests after the names of their blobs are on the disk, too. What is acknowledged for good is the image: a blob that nothing refers to yet may be
/// gone after a power failure, and the push of its manifest then says so. Repositories share all blobs: whoever may read one repository may read all, so nothing is gained
/// by keeping apart who pushed what.
/// </remarks>
internal sealed class ImageLayout : IDisposable
{
    private readonly string indexPath;
    private readonly Lock pendingLock = new();
    private readonly SemaphoreSlim writer = new(1, 1);
    private List<PendingChange> pending = [];
    private volatile LayoutState state;

    private ImageLayout(string folder, LayoutState state, RegistryOptions options)
    {
        indexPath = IndexPath(folder);
        this.state = state;
        Blobs = new BlobStore(Path.Combine(folder, "blobs", "sha256"), options);
        Uploads = new UploadStore(Path.Combine(folder, "uploads"), Blobs, options);
    }

    /// <summary>The content.</summary>
    public BlobStore Blobs { get; }

    /// <summary>The content to be.</summary>
    public UploadStore Uploads { get; }

    /// <summary>What the index says now.</summary>
    public LayoutState State => state;

    /// <exception cref="InvalidDataException">The folder holds something else.</exception>
    /// <exception cref="IOException">The folder cannot be created or read.</exception>
    public static ImageLayout Open(RegistryOptions options)
    {
        var folder = Path.GetFullPath(options.Folder);
        Directory.CreateDirectory(Path.Combine(folder, "blobs", "sha256"));
        Directory.CreateDirectory(Path.Combine(folder, "uploads"));
        var marker = Path.Combine(folder, "oci-layout");
        if (!File.Exists(marker))
            DurableFiles.Replace(marker, """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
        var index = IndexPath(folder);
        if (!File.Exists(index))
            DurableFiles.Replace(index, IndexFile.Write(LayoutState.Empty));
        return new ImageLayout(folder, IndexFile.Read(index), options);
    }

    public void Dispose() => writer.Dispose();

    /// <summary>
    /// Changes the index. When this returns, the change is on disk. Changes that arrive together are written together. The function runs
    /// while nothing else changes the index and no blob is collected; when it throws, only its own change is dropped.
    /// </summary>
    public async Task ChangeAsync(Func<LayoutState, LayoutState> change)
    {
        var mine = new PendingChange(change);
        lock (pendingLock)
            pending.Add(mine);
        // Not cancellable: once it is in the list, anyone may write it.
        await writer.WaitAsync(CancellationToken.None);
        try
        {
            WritePending();
        }
        finally
        {
            writer.Release();
        }

        await mine.Done.Task;
    }

    /// <summary>Runs something while nothing changes the index.</summary>
    public async Task<T> ExclusivelyAsync<T>(Func<LayoutState, T> action, CancellationToken cancellationToken)
    {
        await writer.WaitAsync(cancellationToken);
        try
        {
            return action(state);
        }
        finally
        {
            writer.Release();
        }
    }

    private static string IndexPath(string folder) => Path.Combine(folder, "index.json");

    private void WritePending()
    {
        List<PendingChange> changes;
        lock (pendingLock)
            (changes, pending) = (pending, []);

        var next = state;
        List<PendingChange> accepted = [];
        foreach (var change in changes)
        {
            try
            {
                next = change.Apply(next);
                accepted.Add(change);
            }
            catch (Exception e)
            {
                change.Done.SetException(e);
            }
        }

        try
        {
            if (!ReferenceEquals(next, state))
                DurableFiles.Replace(indexPath, IndexFile.Write(next), alongside: Blobs.FlushNames);
            state = next;
        }
        catch (Exception e)
        {
            accepted.ForEach(change => change.Done.SetException(e));
            return;
        }

        accepted.ForEach(change => change.Done.SetResult());
    }

    private sealed record PendingChange(Func<LayoutState, LayoutState> Apply)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

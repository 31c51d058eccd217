using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// All objects and the log of their changes, under one counter of revisions. An answered write is on disk. Reading never waits for writing.
/// Thread-safe.
/// </summary>
internal sealed partial class ObjectStore : IDisposable
{
    private const string EveryResource = "*";

    private static readonly TimeSpan TickPeriod = TimeSpan.FromMinutes(2);

    private readonly FileStream _ownership;
    private readonly StoreWriter _writer;
    private readonly ReaderPool _readers;
    private readonly Compactor _compactor;
    private readonly ITimer _ticks;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Action<Change>[]> _subscribers = new();
    private readonly Lock _subscribing = new();
    private int _compacting;
    private long _compacted;

    /// <summary>Opens the store, creating it where there is none.</summary>
    /// <exception cref="IOException">The folder cannot be used, or another process uses it.</exception>
    public ObjectStore(StoreOptions options, ILogger<ObjectStore> logger)
    {
        _logger = logger;
        CreateFolder(options.Folder);
        _ownership = TakeOwnership(options.Folder);
        try
        {
            _compactor = new Compactor(options);
            _readers = new ReaderPool(options.Folder);
            _writer = new StoreWriter(Database.OpenWriter(options), Committed);
            Feed = new ChangeFeed(_writer.Revision);
        }
        catch
        {
            _ownership.Dispose();
            throw;
        }

        _ticks = options.TimeProvider.CreateTimer(_ => StartCompaction(_compactor.Tick(Feed.Revision)), null, TickPeriod, TickPeriod);
    }

    /// <summary>The newest changes, for those who follow the log.</summary>
    public ChangeFeed Feed { get; }

    /// <summary>Stores, changes or removes an object; the task ends when that is on disk.</summary>
    /// <exception cref="StorageFullException">The disk is full; nothing was changed.</exception>
    public Task<MutationResult> WriteAsync(Mutation mutation) => _writer.WriteAsync(mutation);

    /// <summary>The present state of an object, or null.</summary>
    public StoredObject? Get(ObjectKey key) => _readers.Read(reader => reader.Get(key));

    /// <summary>The newest revision and the oldest that can still be read.</summary>
    public (long Newest, long Compacted) Bounds() => _readers.Read(reader => reader.Bounds());

    /// <inheritdoc cref="StoreReader.Page(PageQuery, int)"/>
    public List<StoredObject> Page(PageQuery query, int limit) => _readers.Read(reader => reader.Page(query, limit));

    /// <inheritdoc cref="StoreReader.Count"/>
    public long Count(PageQuery query) => _readers.Read(reader => reader.Count(query));

    /// <summary>The objects that name this uid as an owner.</summary>
    public List<ObjectKey> OwnedBy(string uid) => _readers.Read(reader => reader.OwnedBy(uid));

    /// <summary>All uids that some object names as an owner.</summary>
    public List<string> OwnerUids() => _readers.Read(reader => reader.OwnerUids());

    /// <summary>The objects that are being deleted.</summary>
    public List<ObjectKey> Terminating() => _readers.Read(reader => reader.Terminating());

    /// <summary>Storage keys of all resources that have objects in a namespace.</summary>
    public List<string> ResourcesIn(string namespaceName) => _readers.Read(reader => reader.ResourcesIn(namespaceName));

    /// <summary>Changes of a resource after a revision: from memory where possible, else from disk.</summary>
    /// <returns>The changes, and the revision up to which they are all changes.</returns>
    /// <exception cref="CompactedException">The log no longer goes back to that revision.</exception>
    public (List<Change> Changes, long UpTo) ChangesAfter(string resource, long after)
    {
        var changes = new List<Change>();
        return Feed.Read(resource, after, changes) is { } upTo
            ? (changes, upTo)
            : _readers.Read(reader => reader.Changes(resource, after, limit: 500));
    }

    /// <summary>Objects of one resource and state, page by page.</summary>
    public IEnumerable<StoredObject> Enumerate(PageQuery query, int pageSize = 500)
    {
        while (true)
        {
            var page = Page(query, pageSize);
            if (page.Count == 0)
            {
                yield break;
            }

            foreach (var stored in page)
            {
                yield return stored;
            }

            query = query.After(page[^1].Key);
        }
    }

    /// <summary>Calls back for every committed change of a resource before the writer is answered, on the writer's thread.</summary>
    public IDisposable Subscribe(string resource, Action<Change> changed)
    {
        lock (_subscribing)
        {
            _subscribers.AddOrUpdate(resource, [changed], (_, present) => [.. present, changed]);
        }

        return new Subscription(this, resource, changed);
    }

    /// <summary>Calls back for every committed change of whatever resource; see <see cref="Subscribe"/>.</summary>
    public IDisposable SubscribeToAll(Action<Change> changed) => Subscribe(EveryResource, changed);

    /// <summary>Removes what no state since a revision contains.</summary>
    public Task CompactAsync(long revision) => _writer.CompactAsync(revision);

    /// <summary>Finishes the writes under way and closes the database.</summary>
    public void Dispose()
    {
        _ticks.Dispose();
        _writer.Dispose();
        _readers.Dispose();
        _ownership.Dispose();
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            // Secrets are in it.
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static FileStream TakeOwnership(string folder)
    {
        var file = Path.Combine(folder, "objects.lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(file))
        {
            throw new IOException($"Another process uses the data folder {folder}: stop it, or use another folder.", e);
        }
    }

    private void Committed(IReadOnlyList<Change> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        foreach (var change in changes)
        {
            Tell(change.Key.Resource, change);
            Tell(EveryResource, change);
        }

        Feed.Publish(changes);
        StartCompaction(_compactor.Committed(changes[^1].Revision, changes.Sum(c => (long)(c.New?.Value.Length ?? 0))));
    }

    private void Tell(string subscribedTo, Change change)
    {
        foreach (var subscriber in _subscribers.GetValueOrDefault(subscribedTo) ?? [])
        {
            try
            {
                subscriber(change);
            }
            catch (Exception e)
            {
                // The change is on disk: a subscriber that cannot cope must not make its writer believe otherwise.
                Log.SubscriberFailed(_logger, change.Key, e);
            }
        }
    }

    private void StartCompaction(long revision)
    {
        if (revision > Volatile.Read(ref _compacted) && Interlocked.Exchange(ref _compacting, 1) == 0)
        {
            _ = CompactInBackgroundAsync(revision);
        }
    }

    private async Task CompactInBackgroundAsync(long revision)
    {
        try
        {
            await Task.Yield();
            await _writer.CompactAsync(revision);
            Volatile.Write(ref _compacted, revision);
            await _writer.RestoreReserveAsync();
        }
        catch (StorageFullException)
        {
            // Nothing could be set aside; the next compaction tries again.
        }
        catch (ObjectDisposedException)
        {
            // The process ends; the next one compacts.
        }
        catch (Exception e)
        {
            Log.CompactionFailed(_logger, revision, e);
        }
        finally
        {
            Volatile.Write(ref _compacting, 0);
        }
    }

    private void Unsubscribe(string resource, Action<Change> changed)
    {
        lock (_subscribing)
        {
            _subscribers.AddOrUpdate(resource, [], (_, present) => [.. present.Where(s => s != changed)]);
        }
    }

    private sealed class Subscription(ObjectStore store, string resource, Action<Change> changed) : IDisposable
    {
        public void Dispose() => store.Unsubscribe(resource, changed);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 110, Level = LogLevel.Error, Message = "A subscriber failed at the change of {Key}")]
        public static partial void SubscriberFailed(ILogger logger, ObjectKey key, Exception exception);

        [LoggerMessage(EventId = 111, Level = LogLevel.Warning, Message = "Compacting the log to revision {Revision} failed; it is tried again later")]
        public static partial void CompactionFailed(ILogger logger, long revision, Exception exception);
    }
}

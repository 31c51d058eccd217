using System.Collections.Concurrent;

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// The newest part of the log in memory, for those who follow it. Followers pull: each has a revision up to which it has seen everything,
/// asks for what comes after and waits for <see cref="NextAsync"/> when there is nothing. So a slow follower costs no memory: when
/// it falls behind what is kept here, it reads the log on disk until it has caught up. Thread-safe.
/// </summary>
internal sealed class ChangeFeed
{
    private const int MostChanges = 512;
    private const long MostBytes = 1 << 20;

    private readonly ConcurrentDictionary<string, Tail> _tails = new();
    private readonly long _start;
    private long _revision;

    /// <summary>Starts at a revision.</summary>
    public ChangeFeed(long revision)
    {
        _start = revision;
        _revision = revision;
    }

    /// <summary>The revision up to which everything is published.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Publishes committed changes in the order of revisions. Called by the writer only.</summary>
    public void Publish(IReadOnlyList<Change> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        var touched = new HashSet<Tail>();
        foreach (var change in changes)
        {
            var tail = TailOf(change.Key.Resource);
            tail.Add(change);
            touched.Add(tail);
        }

        // First what happened, then how far: who reads the revision finds everything up to it.
        Volatile.Write(ref _revision, changes[^1].Revision);
        foreach (var tail in touched)
        {
            tail.Wake();
        }
    }

    /// <summary>Adds the changes after a revision.</summary>
    /// <returns>The revision up to which <paramref name="changes"/> is complete, or null when this resource's tail does not go back that far.</returns>
    public long? Read(string resource, long after, List<Change> changes)
    {
        var upTo = Revision;
        return TailOf(resource).Read(after, changes) ? Math.Max(Math.Max(upTo, after), changes.Count > 0 ? changes[^1].Revision : 0) : null;
    }

    /// <summary>A task that ends with the next change of a resource. Take it before reading, or a change in between is missed.</summary>
    public Task NextAsync(string resource) => TailOf(resource).Next;

    private Tail TailOf(string resource) => _tails.GetOrAdd(resource, static (_, start) => new Tail(start), _start);

    /// <summary>The newest changes of one resource.</summary>
    private sealed class Tail(long completeSince)
    {
        private readonly Queue<Change> _changes = new();
        private readonly Lock _lock = new();
        private TaskCompletionSource _next = NewSignal();
        private long _bytes;
        private long _completeSince = completeSince;

        public Task Next
        {
            get
            {
                lock (_lock)
                {
                    return _next.Task;
                }
            }
        }

        public void Add(Change change)
        {
            lock (_lock)
            {
                _changes.Enqueue(change);
                _bytes += change.Size;
                while (_changes.Count > 1 && (_bytes > MostBytes || _changes.Count > MostChanges))
                {
                    var oldest = _changes.Dequeue();
                    _bytes -= oldest.Size;
                    _completeSince = oldest.Revision;
                }
            }
        }

        public void Wake()
        {
            TaskCompletionSource signal;
            lock (_lock)
            {
                signal = _next;
                _next = NewSignal();
            }

            signal.SetResult();
        }

        public bool Read(long after, List<Change> changes)
        {
            lock (_lock)
            {
                if (after < _completeSince)
                {
                    return false;
                }

                foreach (var change in _changes)
                {
                    if (change.Revision > after)
                    {
                        changes.Add(change);
                    }
                }

                return true;
            }
        }

        private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

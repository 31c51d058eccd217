using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// The one thread that writes. It takes everything that waits, writes it in one transaction and answers after the commit: while the disk syncs
/// for some, the next ones gather, so that the number of syncs does not grow with the number of clients. Thread-safe.
/// </summary>
internal sealed class StoreWriter : IDisposable
{
    private const int MostPerCommit = 512;
    private const int CompactedPerCommit = 1000;

    // SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: the index of the log could not grow.
    private const int Full = 13;
    private const int NoSpaceForIndex = 4874;

    private readonly WriteTransaction _transaction;
    private readonly Action<IReadOnlyList<Change>> _committed;
    private readonly BlockingCollection<Work> _waiting = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="connection">The writing connection, which the writer owns from now on.</param>
    /// <param name="committed">Called with the changes of each commit, in their order and before anyone is answered; must not fail.</param>
    public StoreWriter(SqliteConnection connection, Action<IReadOnlyList<Change>> committed)
    {
        _transaction = new WriteTransaction(connection);
        _committed = committed;
        _thread = new Thread(Run) { IsBackground = true, Name = "aerogrid-store-writer" };
        _thread.Start();
    }

    /// <summary>The newest revision when the writer started; afterwards the writer's own.</summary>
    public long Revision => _transaction.Revision;

    /// <summary>Carries out a write; the task ends when it is on disk.</summary>
    /// <exception cref="StorageFullException">The disk is full.</exception>
    public Task<MutationResult> WriteAsync(Mutation mutation)
    {
        var work = new MutationWork(mutation);
        Enqueue(work);
        return work.Task;
    }

    /// <summary>Removes what no state since a revision contains.</summary>
    public async Task CompactAsync(long revision)
    {
        // In small steps, between which the writes of clients find their turn.
        int removed;
        do
        {
            var work = new CompactionWork(revision);
            Enqueue(work);
            removed = await work.Task;
        }
        while (removed == CompactedPerCommit);
    }

    /// <summary>Sets space aside for removing objects when the disk is full, if that space was given up.</summary>
    /// <exception cref="StorageFullException">The disk is still full.</exception>
    public Task RestoreReserveAsync()
    {
        var work = new ReserveWork(spend: false);
        Enqueue(work);
        return work.Task;
    }

    /// <summary>Waits for the writes that are under way and closes the database.</summary>
    public void Dispose()
    {
        if (!_waiting.IsAddingCompleted)
        {
            _waiting.CompleteAdding();
            _thread.Join();
            _transaction.Dispose();
            _waiting.Dispose();
        }
    }

    private void Enqueue(Work work)
    {
        try
        {
            _waiting.Add(work);
        }
        catch (InvalidOperationException e)
        {
            throw new ObjectDisposedException("The store is closed.", e);
        }
    }

    private void Run()
    {
        var batch = new List<Work>();
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < MostPerCommit && _waiting.TryTake(out var next))
            {
                batch.Add(next);
            }

            if (TryCommit(batch) is not null)
            {
                // One of them made the others fail, for example a large object on a disk with little space: each gets its own answer.
                foreach (var work in batch)
                {
                    CommitAlone(work);
                }
            }

            batch.Clear();
        }
    }

    private void CommitAlone(Work work)
    {
        var error = TryCommit([work]);
        if (IsFull(error) && TryCommit([new CompactionWork(_transaction.Revision)]) is null)
        {
            // The past goes before the present does: what could be freed is free now.
            error = TryCommit([work]);
        }

        if (IsFull(error) && work.FreesSpace)
        {
            error = TryCommit([new ReserveWork(spend: true), work]);
        }

        if (error is not null)
        {
            work.Fail(IsFull(error) ? new StorageFullException(error) : error);
        }
    }

    private static bool IsFull(Exception? error) => error is SqliteException { SqliteExtendedErrorCode: Full or NoSpaceForIndex };

    private Exception? TryCommit(List<Work> batch)
    {
        var before = _transaction.Revision;
        try
        {
            _transaction.Begin();
            foreach (var work in batch)
            {
                work.Apply(_transaction);
            }

            _transaction.Commit();
        }
        catch (Exception e)
        {
            // Told to those who wait by the caller.
            _transaction.Rollback(before);
            return e;
        }

        _committed([.. batch.Select(work => work.Change).OfType<Change>()]);
        foreach (var work in batch)
        {
            work.Answer();
        }

        return null;
    }

    private abstract class Work
    {
        public virtual Change? Change => null;

        public virtual bool FreesSpace => false;

        public abstract void Apply(WriteTransaction transaction);

        public abstract void Answer();

        public abstract void Fail(Exception error);
    }

    private sealed class MutationWork(Mutation mutation) : Work
    {
        private readonly TaskCompletionSource<MutationResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private MutationResult _result;

        public Task<MutationResult> Task => _answer.Task;

        public override bool FreesSpace => mutation.Value is null;

        public override Change? Change => _result.Outcome == MutationOutcome.Stored && _result.Revision != 0
            ? new Change(
                mutation.Key,
                _result.Revision,
                mutation.Current,
                mutation.Value is null ? null : new StoredObject(mutation.Key, _result.Revision, mutation.Value))
            : null;

        public override void Apply(WriteTransaction transaction) => _result = transaction.Apply(mutation);

        public override void Answer() => _answer.SetResult(_result);

        public override void Fail(Exception error) => _answer.SetException(error);
    }

    private sealed class ReserveWork(bool spend) : Work
    {
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _answer.Task;

        public override void Apply(WriteTransaction transaction)
        {
            if (spend)
            {
                transaction.SpendReserve();
            }
            else
            {
                transaction.RestoreReserve();
            }
        }

        public override void Answer() => _answer.SetResult();

        public override void Fail(Exception error) => _answer.SetException(error);
    }

    private sealed class CompactionWork(long revision) : Work
    {
        private readonly TaskCompletionSource<int> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _removed;

        public Task<int> Task => _answer.Task;

        public override void Apply(WriteTransaction transaction) => _removed = transaction.Compact(revision, CompactedPerCommit);

        public override void Answer() => _answer.SetResult(_removed);

        public override void Fail(Exception error) => _answer.SetException(error);
    }
}

namespace AeroGrid.Runner.Grids;

/// <summary>
/// A live grid. Every change of a row takes the next sequence number and moves the row to the end of a list, so that a subscriber is no more
/// than a number: it gets the rows behind that number in their newest state, and what it missed in between was conflated. Deleted rows stay in
/// the list for a while for the same reason. Thread-safe: one lock, held for one change of the app or one chunk of a reader.
/// </summary>
internal sealed class Grid(GridDefinition definition, MemoryBudget budget)
{
    /// <summary>How many deletions are remembered at least; beyond it a tenth of the rows, and never more than <see cref="MostTombstones"/>.</summary>
    internal const int FewestTombstones = 10_000;

    internal const int MostTombstones = 100_000;

    private const int RowsOfStep = 5_000;

    /// <summary>Rows that are passed over because of a filter count as well, since the lock is held meanwhile.</summary>
    private const int RowsLookedAt = 20_000;

    /// <summary>A message of gRPC has at most 4 MiB unless a client raises that.</summary>
    private const int LargestStep = 2 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly HashSet<IChangeWaiter> waiters = [];
    private readonly Queue<(Row Row, long Sequence)> graves = new();
    private Dictionary<string, Row> rows = new(StringComparer.Ordinal);
    private RowList list = new();
    private GridDefinition definition = definition;
    private string epoch = NewEpoch();
    private long sequence;
    private long forgottenUpTo;
    private int tombstones;
    private long bytes;
    private volatile bool isRemoved;

    public string Name => definition.Name;

    public GridDefinition Definition => Volatile.Read(ref definition);

    /// <summary>The app no longer has this grid.</summary>
    public bool IsRemoved => isRemoved;

    public int RowCount
    {
        get
        {
            lock (gate)
                return rows.Count - tombstones;
        }
    }

    public GridPosition Position
    {
        get
        {
            lock (gate)
                return new GridPosition(epoch, sequence);
        }
    }

    /// <summary>Applies what the app did. Assignments that change nothing are none.</summary>
    /// <exception cref="GridsTooLargeException">The grids are larger than they may be now.</exception>
    public void Apply(GridChange change)
    {
        int count;
        lock (gate)
        {
            var before = sequence;
            if (change.Clear)
                DeleteAllBut(change.Set);
            foreach (var (key, cells) in change.Set)
                Set(key, cells);
            foreach (var key in change.Delete)
            {
                if (rows.TryGetValue(key, out var row) && !row.IsDeleted)
                    Delete(row);
            }

            ForgetDeletions();
            if (sequence == before)
                return;
            count = rows.Count - tombstones;
        }

        WakeWaiters();
        budget.Check(Name, count, Volatile.Read(ref bytes));
    }

    /// <summary>Begins a new life with other columns and no rows.</summary>
    public void Reset(GridDefinition changed)
    {
        lock (gate)
        {
            budget.Add(-bytes);
            (rows, list) = (new(StringComparer.Ordinal), new());
            graves.Clear();
            (epoch, sequence, forgottenUpTo, tombstones, bytes) = (NewEpoch(), 0, 0, 0, 0);
            Volatile.Write(ref definition, changed);
        }

        WakeWaiters();
    }

    /// <summary>The app has no such grid any more: memory is given back and readers are woken to find <see cref="IsRemoved"/>.</summary>
    public void Remove()
    {
        isRemoved = true;
        Reset(definition);
    }

    /// <summary>
    /// Gives a reader the next chunk: a snapshot when it has nothing or too old a position, otherwise the rows that changed. Its cursor moves on.
    /// </summary>
    /// <param name="cursor">Where the reader is.</param>
    /// <param name="filter">Which rows it wants.</param>
    /// <param name="maximumBytes">About how much a chunk may be.</param>
    /// <param name="sink">Gets the rows under the grid's lock.</param>
    public ReadStep Read(GridCursor cursor, RowFilter filter, int maximumBytes, IRowSink sink)
    {
        lock (gate)
        {
            var isFirst = MustBeginAgain(cursor);
            if (isFirst)
                BeginSnapshot(cursor);
            var kind = cursor.SnapshotFrom >= 0 ? ReadKind.Snapshot : ReadKind.Changes;
            var from = cursor.Sequence;
            sink.Begin(kind);

            // Behind the point where the snapshot began it only has to catch up with changes; growing chunks make sure that it does.
            if (kind == ReadKind.Snapshot && from >= cursor.SnapshotFrom && !isFirst)
                maximumBytes = Math.Min(LargestStep, maximumBytes << Math.Min(8, ++cursor.Chases));

            var place = cursor.Bookmark ?? list.PlaceOf(from);
            var (taken, looked) = (0, 0);
            var row = place.Newer;
            for (; row is not null && taken < RowsOfStep && looked < RowsLookedAt && sink.Length < maximumBytes; row = row.Newer)
            {
                place = row;
                if (row.IsBookmark)
                    continue;
                looked++;
                cursor.Sequence = row.Sequence;

                // The reader has forgotten all rows, so it need not hear of those that were deleted before its snapshot began.
                if ((row.IsDeleted && row.Sequence <= cursor.SnapshotFrom) || !filter.Matches(row.Key!))
                    continue;
                taken++;
                if (row.Cells is { } cells)
                    sink.Upsert(row.Key!, cells);
                else
                    sink.Delete(row.Key!);
            }

            var isLast = row is null;
            MoveBookmark(cursor, isLast ? null : place);
            if (isLast)
                (cursor.Sequence, cursor.SnapshotFrom) = (sequence, -1);
            return new ReadStep(kind, new GridPosition(epoch, cursor.Sequence), definition.Columns, from, cursor.Sequence, taken, isFirst, isLast);
        }
    }

    /// <summary>
    /// All rows as they are at one moment. Only references are copied, so that a grid of a million rows is locked for some ten milliseconds; the
    /// order is that in which keys came first, apart from those that were deleted in between.
    /// </summary>
    public GridContents Copy(RowFilter filter)
    {
        lock (gate)
        {
            var copy = new List<KeyValuePair<string, Cell[]>>(filter.IsAll ? rows.Count - tombstones : 16);
            foreach (var (key, row) in rows)
            {
                if (row.Cells is { } cells && filter.Matches(key))
                    copy.Add(new(key, cells));
            }

            return new GridContents(definition, new GridPosition(epoch, sequence), copy);
        }
    }

    /// <summary>Registers a reader for the next change.</summary>
    /// <returns>False when the cursor is behind already, so that there is nothing to wait for.</returns>
    public bool TryWait(GridCursor cursor, IChangeWaiter waiter)
    {
        lock (gate)
        {
            if (isRemoved || !string.Equals(cursor.Epoch, epoch, StringComparison.Ordinal) || cursor.Sequence != sequence)
                return false;
            waiters.Add(waiter);
            return true;
        }
    }

    /// <summary>The reader waits no more.</summary>
    public void StopWaiting(IChangeWaiter waiter)
    {
        lock (gate)
            waiters.Remove(waiter);
    }

    /// <summary>The reader of this cursor reads no more.</summary>
    internal void Forget(GridCursor cursor)
    {
        lock (gate)
            MoveBookmark(cursor, null);
    }

    private static string NewEpoch() => Guid.NewGuid().ToString("N")[..12];

    private bool MustBeginAgain(GridCursor cursor) =>
        !string.Equals(cursor.Epoch, epoch, StringComparison.Ordinal)
        || cursor.Sequence > sequence
        || cursor.Sequence < 0
        || (cursor.SnapshotFrom >= 0 ? cursor.SnapshotFrom : cursor.Sequence) < forgottenUpTo;

    private void BeginSnapshot(GridCursor cursor)
    {
        MoveBookmark(cursor, null);
        (cursor.Epoch, cursor.Sequence, cursor.SnapshotFrom, cursor.Chases) = (epoch, 0, sequence, 0);
    }

    private void MoveBookmark(GridCursor cursor, Row? place)
    {
        if (cursor.Bookmark is { } old)
        {
            cursor.Bookmark = null;

            // A bookmark of an earlier life is in a list that is no more.
            if (string.Equals(cursor.Epoch, epoch, StringComparison.Ordinal))
            {
                if (place == old)
                    place = old.Older;
                list.Remove(old);
            }
        }

        if (place is null)
            return;
        cursor.Bookmark = new Row(null);
        list.InsertAfter(place, cursor.Bookmark);
    }

    private void DeleteAllBut(Dictionary<string, Cell[]> kept)
    {
        var end = sequence;
        Row? next;
        for (var row = list.Oldest; row is not null && (row.IsBookmark || row.Sequence <= end); row = next)
        {
            next = row.Newer;
            if (!row.IsBookmark && !row.IsDeleted && !kept.ContainsKey(row.Key!))
                Delete(row);
        }
    }

    private void Set(string key, Cell[] cells)
    {
        if (!rows.TryGetValue(key, out var row))
        {
            row = new Row(key);
            rows.Add(key, row);
        }
        else if (row.Cells is { } old)
        {
            if (old.AsSpan().SequenceEqual(cells))
                return;
            Count(-Row.SizeOf(key, old));
            list.Remove(row);
        }
        else
        {
            tombstones--;
            Count(-Row.SizeOfDeleted(key));
            list.Remove(row);
        }

        row.Cells = cells;
        row.Sequence = ++sequence;
        list.Append(row);
        Count(Row.SizeOf(key, cells));
    }

    private void Delete(Row row)
    {
        Count(Row.SizeOfDeleted(row.Key!) - Row.SizeOf(row.Key!, row.Cells!));
        list.Remove(row);
        row.Cells = null;
        row.Sequence = ++sequence;
        list.Append(row);
        tombstones++;
        graves.Enqueue((row, row.Sequence));
    }

    private void ForgetDeletions()
    {
        var limit = Math.Clamp(rows.Count / 10, FewestTombstones, MostTombstones);
        while (tombstones > limit || graves.Count > 2 * MostTombstones)
        {
            var (row, deletedAt) = graves.Dequeue();
            if (row.Sequence != deletedAt)
                continue; // set again since
            tombstones--;
            Count(-Row.SizeOfDeleted(row.Key!));
            list.Remove(row);
            rows.Remove(row.Key!);
            forgottenUpTo = deletedAt;
        }
    }

    private void Count(long difference)
    {
        bytes += difference;
        budget.Add(difference);
    }

    private void WakeWaiters()
    {
        IChangeWaiter[] woken;
        lock (gate)
        {
            if (waiters.Count == 0)
                return;
            woken = [.. waiters];
            waiters.Clear();
        }

        foreach (var waiter in woken)
            waiter.Wake();
    }
}

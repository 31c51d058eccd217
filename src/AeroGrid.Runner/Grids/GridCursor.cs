namespace AeroGrid.Runner.Grids;

/// <summary>
/// How far a reader has come in a grid: all that the grid and the runner remember of it, however slow it is. Used by one reader at a time;
/// disposing takes its bookmark out of the grid.
/// </summary>
internal sealed class GridCursor(Grid grid) : IDisposable
{
    public Grid Grid { get; } = grid;

    /// <summary>The life of the grid that <see cref="Sequence"/> is of; null before anything was read.</summary>
    public string? Epoch { get; set; }

    /// <summary>All changes up to this one have been read.</summary>
    public long Sequence { get; set; }

    /// <summary>The grid's sequence when the snapshot that is being read began; -1 while none is.</summary>
    public long SnapshotFrom { get; set; } = -1;

    /// <summary>How many chunks the snapshot has taken to catch up with what changed since it began.</summary>
    public int Chases { get; set; }

    /// <summary>A link of the grid's list behind which the reader goes on; there while it is behind.</summary>
    public Row? Bookmark { get; set; }

    public void Dispose() => Grid.Forget(this);
}

/// <summary>What one step of a reader gave.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Position">Where the reader is now.</param>
/// <param name="Columns">The columns that the cells follow.</param>
/// <param name="From">The sequence that the reader had.</param>
/// <param name="To">The sequence that it has now.</param>
/// <param name="Rows">How many rows and deletions the sink got.</param>
/// <param name="IsFirst">The reader must forget all rows it had.</param>
/// <param name="IsLast">The reader is at the end.</param>
internal readonly record struct ReadStep(ReadKind Kind, GridPosition Position, IReadOnlyList<Column> Columns, long From, long To, int Rows, bool IsFirst, bool IsLast);

/// <summary>What a step of a reader was.</summary>
internal enum ReadKind
{
    Changes,
    Snapshot,
}

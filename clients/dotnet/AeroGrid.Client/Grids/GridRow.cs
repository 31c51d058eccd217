namespace AeroGrid.Client.Grids;

/// <summary>A row, whole: one cell for each column of the subscription. Immutable.</summary>
/// <param name="Key">The row's key, unique in the grid.</param>
/// <param name="Cells">The cells, in the order of the columns.</param>
public sealed record GridRow(string Key, IReadOnlyList<GridCell> Cells);

/// <summary>A column.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">What its cells are meant to be. Every cell may also be null or an error.</param>
public sealed record GridColumn(string Name, ColumnType Type);

/// <summary>What the cells of a column are meant to be.</summary>
public enum ColumnType
{
    /// <summary>Anything, each cell by itself.</summary>
    Any,

    /// <summary>Truth values.</summary>
    Boolean,

    /// <summary>Whole numbers.</summary>
    Int64,

    /// <summary>Numbers.</summary>
    Double,

    /// <summary>Texts.</summary>
    Text,

    /// <summary>Points in time.</summary>
    Timestamp,
}

/// <summary>A point in the life of a grid, from which a subscription can go on.</summary>
/// <param name="Epoch">Names one life of the grid. Sequences of different epochs cannot be compared.</param>
/// <param name="Sequence">The number of row changes in this epoch so far.</param>
public sealed record GridPosition(string Epoch, long Sequence);

/// <summary>A grid without its rows.</summary>
/// <param name="Name">The grid's name.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="RowCount">How many rows it has now.</param>
/// <param name="Status">Whether the rows follow their source.</param>
public sealed record GridInfo(string Name, IReadOnlyList<GridColumn> Columns, long RowCount, GridStatus Status);

/// <summary>A grid as it was at one moment.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, in the order of their keys (ordinal).</param>
/// <param name="Position">The moment.</param>
/// <param name="Status">Whether the rows followed their source.</param>
public sealed record GridSnapshot(IReadOnlyList<GridColumn> Columns, IReadOnlyList<GridRow> Rows, GridPosition Position, GridStatus Status);

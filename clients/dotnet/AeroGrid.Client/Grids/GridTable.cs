namespace AeroGrid.Client.Grids;

/// <summary>Applies changes to a table. A new snapshot replaces the old rows when it is complete, so that the table is never half a grid. Not thread-safe.</summary>
internal sealed class GridTable
{
    private Dictionary<string, GridRow> _rows = new(StringComparer.Ordinal);
    private Dictionary<string, GridRow>? _next;
    private IReadOnlyList<GridColumn> _nextColumns = [];

    public IReadOnlyDictionary<string, GridRow> Rows => _rows;

    public IReadOnlyList<GridColumn> Columns { get; private set; } = [];

    public GridPosition? Position { get; private set; }

    /// <summary>What the app said last.</summary>
    public GridStatus Status { get; private set; } = GridStatus.Live;

    /// <summary>Whether a whole snapshot was received.</summary>
    public bool IsComplete => Position is not null;

    public void Apply(GridChange change)
    {
        switch (change)
        {
            case GridSnapshotStarted started:
                _next = new(StringComparer.Ordinal);
                _nextColumns = started.Columns;
                break;
            case GridRowsChanged rows:
                var target = _next ?? _rows;
                foreach (var row in rows.Upserts)
                {
                    target[row.Key] = row;
                }

                foreach (var key in rows.Deletes)
                {
                    target.Remove(key);
                }

                Position = rows.Position ?? Position;
                break;
            case GridSnapshotCompleted completed:
                (_rows, Columns, Position, _next) = (_next ?? _rows, _nextColumns, completed.Position, null);
                break;
            case GridStatusChanged status:
                Status = status.Status;
                break;
        }
    }

    public GridRow[] SortedRows()
    {
        var rows = _rows.Values.ToArray();
        Array.Sort(rows, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return rows;
    }

    public GridSnapshot ToSnapshot() => new(Columns, SortedRows(), Position!, Status);
}

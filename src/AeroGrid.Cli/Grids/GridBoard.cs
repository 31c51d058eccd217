using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Grids;

/// <summary>What the live view shows: rows in the order of their keys, and when each cell changed last. Thread-safe.</summary>
internal sealed class GridBoard(TimeProvider time)
{
    private readonly Lock _gate = new();
    private Dictionary<string, Entry> _rows = new(StringComparer.Ordinal);
    private Dictionary<string, Entry>? _next;
    private IReadOnlyList<GridColumn> _nextColumns = [];
    private IReadOnlyList<GridColumn> _columns = [];
    private string[]? _order;
    private GridStatus _status = GridStatus.Live;
    private GridStatus? _disconnected;
    private bool _loaded;
    private long _skipped;

    /// <summary>Takes a change.</summary>
    public void Apply(GridChange change)
    {
        lock (_gate)
        {
            switch (change)
            {
                case GridSnapshotStarted started:
                    _next = new(StringComparer.Ordinal);
                    _nextColumns = started.Columns;
                    break;
                case GridRowsChanged rows:
                    TakeRows(rows);
                    break;
                case GridSnapshotCompleted:
                    (_rows, _columns, _next, _order, _disconnected, _loaded) = (_next ?? _rows, _nextColumns, null, null, null, true);
                    break;
                case GridStatusChanged status:
                    _status = status.Status;
                    break;
                case GridConnectionLost lost:
                    _disconnected ??= new GridStatus { IsStale = true, Reason = StaleReason.Disconnected, Message = lost.Reason.Message, Since = time.GetUtcNow() };
                    break;
                case GridConnectionResumed:
                    _disconnected = null;
                    break;
            }
        }
    }

    /// <summary>The rows from an offset on, and what stands above and below them.</summary>
    /// <param name="offset">How many rows are scrolled past; moved so that the last page is full.</param>
    /// <param name="count">How many rows there is room for.</param>
    public GridPage Page(int offset, int count)
    {
        lock (_gate)
        {
            if (_order is null)
            {
                // Only when keys came or went, and at most as often as the screen is drawn.
                _order = [.. _rows.Keys];
                Array.Sort(_order, string.CompareOrdinal);
            }

            offset = Math.Clamp(offset, 0, Math.Max(0, _order.Length - count));
            var rows = _order.Skip(offset).Take(count).Select(key => (_rows[key].Row, _rows[key].ChangedAt)).ToList();
            return new GridPage(_columns, rows, offset, _order.Length, _disconnected ?? _status, _loaded, _skipped);
        }
    }

    private void TakeRows(GridRowsChanged rows)
    {
        var now = time.GetTimestamp();
        var target = _next ?? _rows;
        _skipped += rows.Skipped;
        foreach (var row in rows.Upserts)
        {
            // Compared with what is on the screen: after a reconnect only what is different is marked.
            var before = _rows.GetValueOrDefault(row.Key);
            if (!target.ContainsKey(row.Key) && _next is null)
            {
                _order = null;
            }

            var changedAt = new long?[row.Cells.Count];
            for (var i = 0; i < changedAt.Length; i++)
            {
                var same = before is not null && i < before.Row.Cells.Count && before.Row.Cells[i] == row.Cells[i];
                changedAt[i] = same ? before!.ChangedAt[i] : _loaded ? now : null;
            }

            target[row.Key] = new Entry(row, changedAt);
        }

        foreach (var key in rows.Deletes)
        {
            if (target.Remove(key) && _next is null)
            {
                _order = null;
            }
        }
    }

    private sealed record Entry(GridRow Row, long?[] ChangedAt);
}

/// <summary>A part of a grid for the screen.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, with the timestamps of the last change of each cell.</param>
/// <param name="Offset">How many rows are before them.</param>
/// <param name="Total">How many rows the grid has.</param>
/// <param name="Status">Whether they follow their source.</param>
/// <param name="Loaded">Whether the first snapshot is complete.</param>
/// <param name="Skipped">How many changes were left out since the beginning.</param>
internal sealed record GridPage(
    IReadOnlyList<GridColumn> Columns, IReadOnlyList<(GridRow Row, long?[] ChangedAt)> Rows, int Offset, int Total, GridStatus Status, bool Loaded, long Skipped);

using V1 = AeroGrid.Grids.V1;

namespace AeroGrid.Client.Grids;

/// <summary>Turns messages of the wire contract (proto/aerogrid/v1/grids.proto) into the types of this library.</summary>
internal static class WireReader
{
    public static List<GridColumn> Columns(IEnumerable<V1.Column> columns) => [.. columns.Select(c => new GridColumn(c.Name, c.Type switch
    {
        V1.CellType.Bool => ColumnType.Boolean,
        V1.CellType.Int64 => ColumnType.Int64,
        V1.CellType.Double => ColumnType.Double,
        V1.CellType.String => ColumnType.Text,
        V1.CellType.Timestamp => ColumnType.Timestamp,
        _ => ColumnType.Any,
    }))];

    /// <exception cref="InvalidDataException">A row has not as many cells as there are columns, where these are known.</exception>
    public static List<GridRow> Rows(Google.Protobuf.Collections.RepeatedField<V1.Row> rows, int? columns)
    {
        var result = new List<GridRow>(rows.Count);
        foreach (var row in rows)
        {
            if (columns is not null && row.Cells.Count != columns)
            {
                throw new InvalidDataException($"a row has {row.Cells.Count} cells and the grid {columns} columns");
            }

            var cells = new GridCell[row.Cells.Count];
            for (var i = 0; i < cells.Length; i++)
            {
                cells[i] = Cell(row.Cells[i]);
            }

            result.Add(new GridRow(row.Key, cells));
        }

        return result;
    }

    public static GridPosition? Position(V1.Position? position) => position is null ? null : new GridPosition(position.Epoch, position.Sequence);

    public static V1.Position? Position(GridPosition? position) =>
        position is null ? null : new V1.Position { Epoch = position.Epoch, Sequence = position.Sequence };

    public static GridStatus Status(V1.GridStatus? status) => status is null ? GridStatus.Live : new GridStatus
    {
        IsStale = status.Stale,
        Reason = status.Reason switch
        {
            V1.GridStatus.Types.Reason.Unspecified => status.Stale ? StaleReason.Other : StaleReason.None,
            V1.GridStatus.Types.Reason.CatchingUp => StaleReason.CatchingUp,
            V1.GridStatus.Types.Reason.SourceUnavailable => StaleReason.SourceUnavailable,
            V1.GridStatus.Types.Reason.CodeFailed => StaleReason.CodeFailed,
            V1.GridStatus.Types.Reason.CodeBlocked => StaleReason.CodeBlocked,
            V1.GridStatus.Types.Reason.Stopping => StaleReason.Stopping,
            _ => StaleReason.Other,
        },
        Message = status.Message,
        File = status.File,
        Line = status.Line,
        Since = Time(status.Since),
    };

    private static GridCell Cell(V1.Cell cell) => cell.ValueCase switch
    {
        V1.Cell.ValueOneofCase.Bool => GridCell.Of(cell.Bool),
        V1.Cell.ValueOneofCase.Int64 => GridCell.Of(cell.Int64),
        V1.Cell.ValueOneofCase.Double => GridCell.Of(cell.Double),
        V1.Cell.ValueOneofCase.String => GridCell.Of(cell.String),
        V1.Cell.ValueOneofCase.Timestamp => Time(cell.Timestamp) is { } time ? GridCell.Of(time) : GridCell.OfError("the time is outside of the years 1 to 9999"),
        V1.Cell.ValueOneofCase.Error => GridCell.OfError(cell.Error),
        _ => GridCell.Null,
    };

    /// <summary>Timestamps come from user code, which can write what no clock shows.</summary>
    private static DateTimeOffset? Time(Google.Protobuf.WellKnownTypes.Timestamp? timestamp)
    {
        try
        {
            return timestamp?.ToDateTimeOffset();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

using Google.Protobuf;

using Wire = AeroGrid.Grids.V1;

namespace AeroGrid.Runner.Serving.Grpc;

/// <summary>
/// Events as <c>SubscribeResponse</c> messages. Rows are written straight into bytes: the generated classes would box every cell. The tests read
/// them with the generated ones.
/// </summary>
internal sealed class ProtobufEvents : IEventEncoder
{
    private readonly ByteBuffer rows = new();
    private readonly ByteBuffer row = new();
    private int[]? columns;
    private int rowField;
    private int deletedField;

    public int Length => rows.Length;

    public void Prepare(int[]? columns)
    {
        this.columns = columns;
        rows.Clear();
    }

    public void Begin(ReadKind kind) => (rowField, deletedField) = kind == ReadKind.Snapshot
        ? (Wire.Snapshot.RowsFieldNumber, Wire.Snapshot.DeletedFieldNumber)
        : (Wire.Changes.UpsertsFieldNumber, Wire.Changes.DeletesFieldNumber);

    public void Upsert(string key, Cell[] cells)
    {
        row.Clear();
        row.WriteText(Wire.Row.KeyFieldNumber, key);
        if (columns is null)
        {
            foreach (ref readonly var cell in cells.AsSpan())
                WriteCell(cell);
        }
        else
        {
            foreach (var index in columns)
                WriteCell(cells[index]);
        }

        rows.WriteMessage(rowField, row.Written);
    }

    public void Delete(string key) => rows.WriteText(deletedField, key);

    public ReadOnlyMemory<byte> EndRows(in ReadStep step, IReadOnlyList<Column> columns, long skipped)
    {
        // A message is its fields in any order, so those that are small go behind the rows.
        if (step.Kind == ReadKind.Changes)
        {
            rows.WriteMessage(Wire.Changes.PositionFieldNumber, Messages.Of(step.Position).ToByteArray());
            rows.WriteInt(Wire.Changes.SkippedFieldNumber, skipped);
            return Wrap(Wire.SubscribeResponse.ChangesFieldNumber);
        }

        if (step.IsFirst)
        {
            rows.WriteInt(Wire.Snapshot.FirstFieldNumber, 1);
            foreach (var column in columns)
                rows.WriteMessage(Wire.Snapshot.ColumnsFieldNumber, Messages.Of(column).ToByteArray());
        }

        if (step.IsLast)
        {
            rows.WriteInt(Wire.Snapshot.LastFieldNumber, 1);
            rows.WriteMessage(Wire.Snapshot.PositionFieldNumber, Messages.Of(step.Position).ToByteArray());
        }

        return Wrap(Wire.SubscribeResponse.SnapshotFieldNumber);
    }

    public ReadOnlyMemory<byte> Heartbeat(GridPosition position) =>
        new Wire.SubscribeResponse { Heartbeat = new() { Position = Messages.Of(position) } }.ToByteArray();

    public ReadOnlyMemory<byte> State(GridState state) => new Wire.SubscribeResponse { Status = Messages.Of(state) }.ToByteArray();

    private byte[] Wrap(int field)
    {
        row.Clear();
        row.WriteMessage(field, rows.Written);
        return row.Written.ToArray();
    }

    private void WriteCell(in Cell cell)
    {
        switch (cell.Kind)
        {
            case CellKind.Null:
                BeginCell(0);
                break;
            case CellKind.Bool:
                BeginCell(2);
                row.WriteTag(Wire.Cell.BoolFieldNumber, 0);
                row.WriteByte(cell.AsBool ? (byte)1 : (byte)0);
                break;
            case CellKind.Int64:
                var number = ProtobufWriter.ZigZag(cell.AsInt64);
                BeginCell(1 + ProtobufWriter.VarintSize(number));
                row.WriteTag(Wire.Cell.Int64FieldNumber, 0);
                row.WriteVarint(number);
                break;
            case CellKind.Double:
                BeginCell(9);
                row.WriteDouble(Wire.Cell.DoubleFieldNumber, cell.AsDouble);
                break;
            case CellKind.Timestamp:
                WriteTimestamp(cell.AsTimestamp);
                break;
            case CellKind.Error:
                BeginCell(ProtobufWriter.TextSize(cell.AsError));
                row.WriteText(Wire.Cell.ErrorFieldNumber, cell.AsError);
                break;
            default:
                BeginCell(ProtobufWriter.TextSize(cell.AsString));
                row.WriteText(Wire.Cell.StringFieldNumber, cell.AsString);
                break;
        }
    }

    private void BeginCell(int size)
    {
        row.WriteTag(Wire.Row.CellsFieldNumber, 2);
        row.WriteVarint((ulong)size);
    }

    private void WriteTimestamp(DateTime time)
    {
        var ticks = time.Ticks - DateTime.UnixEpoch.Ticks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);
        var nanos = (int)(rest * 100);
        var size = (seconds == 0 ? 0 : 1 + ProtobufWriter.VarintSize((ulong)seconds)) + (nanos == 0 ? 0 : 1 + ProtobufWriter.VarintSize((ulong)nanos));
        BeginCell(2 + size);
        row.WriteTag(Wire.Cell.TimestampFieldNumber, 2);
        row.WriteVarint((ulong)size);
        row.WriteInt(1, seconds);
        row.WriteInt(2, nanos);
    }
}

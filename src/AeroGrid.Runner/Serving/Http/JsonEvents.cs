using System.Text.Encodings.Web;
using System.Text.Json;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>Events as JSON objects on one line each: docs/reference/grids.md.</summary>
internal sealed class JsonEvents : IEventEncoder, IDisposable
{
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ByteBuffer rows = new();
    private readonly ByteBuffer deleted = new();
    private readonly ByteBuffer message = new();
    private readonly Utf8JsonWriter writer;
    private int[]? columns;

    public JsonEvents() => writer = new Utf8JsonWriter(rows, Options);

    public int Length => rows.Length + deleted.Length;

    public void Prepare(int[]? columns)
    {
        this.columns = columns;
        rows.Clear();
        deleted.Clear();
    }

    public void Begin(ReadKind kind)
    {
        // Rows look the same in both.
    }

    public void Upsert(string key, Cell[] cells)
    {
        if (rows.Length > 0)
            rows.WriteByte((byte)',');
        writer.Reset(rows);
        writer.WriteStartObject();
        writer.WriteString("key"u8, key);
        writer.WriteStartArray("cells"u8);
        if (columns is null)
        {
            foreach (ref readonly var cell in cells.AsSpan())
                JsonCells.Write(writer, cell);
        }
        else
        {
            foreach (var index in columns)
                JsonCells.Write(writer, cells[index]);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
    }

    public void Delete(string key)
    {
        if (deleted.Length > 0)
            deleted.WriteByte((byte)',');
        writer.Reset(deleted);
        writer.WriteStringValue(key);
        writer.Flush();
    }

    public ReadOnlyMemory<byte> EndRows(in ReadStep step, IReadOnlyList<Column> columns, long skipped)
    {
        StartMessage(step.Kind == ReadKind.Snapshot ? "snapshot"u8 : "changes"u8);
        if (step.Kind == ReadKind.Snapshot)
        {
            writer.WriteBoolean("first"u8, step.IsFirst);
            writer.WriteBoolean("last"u8, step.IsLast);
            if (step.IsFirst)
                WriteColumns(writer, columns);
        }

        if (step.Kind == ReadKind.Changes || step.IsLast)
            writer.WriteString("position"u8, step.Position.ToString());
        if (step.Kind == ReadKind.Changes)
            writer.WriteNumber("skipped"u8, skipped);
        writer.Flush();
        message.Write(",\"rows\":["u8);
        message.Write(rows.Written);
        message.Write("],\"deleted\":["u8);
        message.Write(deleted.Written);
        message.Write("]}"u8);
        return message.Written.ToArray();
    }

    public ReadOnlyMemory<byte> Heartbeat(GridPosition position)
    {
        StartMessage("heartbeat"u8);
        writer.WriteString("position"u8, position.ToString());
        return EndMessage();
    }

    public ReadOnlyMemory<byte> State(GridState state)
    {
        StartMessage("status"u8);
        WriteState(writer, state);
        return EndMessage();
    }

    public void Dispose() => writer.Dispose();

    /// <summary>The last event of a stream: why it ended.</summary>
    public ReadOnlyMemory<byte> End(string code, string text)
    {
        StartMessage("end"u8);
        writer.WriteString("code"u8, code);
        writer.WriteString("message"u8, text);
        return EndMessage();
    }

    internal static void WriteColumns(Utf8JsonWriter writer, IReadOnlyList<Column> columns)
    {
        writer.WriteStartArray("columns"u8);
        foreach (var column in columns)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, column.Name);
            writer.WriteString("type"u8, column.TypeName);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    internal static void WriteState(Utf8JsonWriter writer, GridState state)
    {
        writer.WriteBoolean("stale"u8, state.IsStale);
        writer.WriteString("reason"u8, state.ReasonName);
        writer.WriteString("message"u8, state.Message);
        writer.WriteString("file"u8, state.Place?.File);
        if (state.Place is { Line: > 0 } place)
            writer.WriteNumber("line"u8, place.Line);
        else
            writer.WriteNull("line"u8);
        writer.WriteString("since"u8, state.Since.UtcDateTime);
    }

    private void StartMessage(ReadOnlySpan<byte> type)
    {
        message.Clear();
        writer.Reset(message);
        writer.WriteStartObject();
        writer.WriteString("type"u8, type);
    }

    private byte[] EndMessage()
    {
        writer.WriteEndObject();
        writer.Flush();
        return message.Written.ToArray();
    }
}

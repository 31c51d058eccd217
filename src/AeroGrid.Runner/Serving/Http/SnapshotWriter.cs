using System.Text.Json;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>A grid as one document, for programs that know nothing of grids. Written in pieces; the client's reading sets the pace.</summary>
internal static class SnapshotWriter
{
    private const int PieceBytes = 32 * 1024;

    /// <summary><c>{"grid", "position", "stale", "reason", "message", "columns", "rows": [{"key", column: value, …}, …]}</c>, or only the rows.</summary>
    public static async Task WriteJsonAsync(HttpContext context, GridContents contents, GridState state, IReadOnlyList<string> names, bool rowsOnly, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        var (indexes, columns) = ColumnSelection.Select(contents.Definition.Columns, names)!.Value;
        var encodedNames = columns.Select(c => JsonEncodedText.Encode(c.Name, JsonEvents.Options.Encoder)).ToArray();
        var buffer = new ByteBuffer();
        await using var writer = new Utf8JsonWriter(buffer, JsonEvents.Options);
        if (!rowsOnly)
        {
            writer.WriteStartObject();
            writer.WriteString("grid"u8, contents.Definition.Name);
            writer.WriteString("position"u8, contents.Position.ToString());
            JsonEvents.WriteState(writer, state);
            JsonEvents.WriteColumns(writer, columns);
            writer.WritePropertyName("rows"u8);
        }

        writer.WriteStartArray();
        foreach (var (key, cells) in contents.Rows)
        {
            writer.WriteStartObject();
            writer.WriteString("key"u8, key);
            for (var i = 0; i < encodedNames.Length; i++)
            {
                writer.WritePropertyName(encodedNames[i]);
                JsonCells.WritePlain(writer, cells[indexes is null ? i : indexes[i]]);
            }

            writer.WriteEndObject();
            if (buffer.Length + writer.BytesPending > PieceBytes)
                await SendAsync(context, writer, buffer, cancellationToken);
        }

        writer.WriteEndArray();
        if (!rowsOnly)
            writer.WriteEndObject();
        await SendAsync(context, writer, buffer, cancellationToken);
    }

    /// <summary>RFC 4180 with a header line.</summary>
    /// <param name="context">The request.</param>
    /// <param name="contents">The rows.</param>
    /// <param name="names">The columns.</param>
    /// <param name="guard">Whether texts that a spreadsheet would take for formulas get an apostrophe.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteCsvAsync(HttpContext context, GridContents contents, IReadOnlyList<string> names, bool guard, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "text/csv; charset=utf-8; header=present";
        var (indexes, columns) = ColumnSelection.Select(contents.Definition.Columns, names)!.Value;
        var buffer = new ByteBuffer();
        var csv = new CsvWriter(buffer, guard);
        csv.Text("key");
        foreach (var column in columns)
            csv.Text(column.Name);
        csv.EndLine();
        foreach (var (key, cells) in contents.Rows)
        {
            csv.Text(key);
            for (var i = 0; i < columns.Count; i++)
                csv.Value(cells[indexes is null ? i : indexes[i]]);
            csv.EndLine();
            if (buffer.Length > PieceBytes)
                await SendAsync(context, null, buffer, cancellationToken);
        }

        await SendAsync(context, null, buffer, cancellationToken);
    }

    private static async ValueTask SendAsync(HttpContext context, Utf8JsonWriter? writer, ByteBuffer buffer, CancellationToken cancellationToken)
    {
        writer?.Flush();
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, cancellationToken);
        buffer.Clear();
    }
}

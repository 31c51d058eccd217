using System.Buffers.Text;
using System.Text.Json;

using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>Cells in JSON.</summary>
internal static class JsonCells
{
    /// <summary>As in the runner's protocol, without loss: <c>{"t": …}</c>, <c>{"n": "NaN"}</c>, <c>{"e": …}</c> for what JSON does not have.</summary>
    public static void Write(Utf8JsonWriter writer, in Cell cell)
    {
        switch (cell.Kind)
        {
            case CellKind.Double when !double.IsFinite(cell.AsDouble):
                writer.WriteStartObject();
                writer.WriteString("n"u8, double.IsNaN(cell.AsDouble) ? "NaN" : cell.AsDouble > 0 ? "Infinity" : "-Infinity");
                writer.WriteEndObject();
                break;
            case CellKind.Timestamp:
                writer.WriteStartObject();
                writer.WriteString("t"u8, cell.AsTimestamp);
                writer.WriteEndObject();
                break;
            case CellKind.Error:
                writer.WriteStartObject();
                writer.WriteString("e"u8, cell.AsError);
                writer.WriteEndObject();
                break;
            default:
                WritePlain(writer, cell);
                break;
        }
    }

    /// <summary>Plain values, as programs that know nothing of grids expect: what JSON does not have is null, timestamps are texts.</summary>
    public static void WritePlain(Utf8JsonWriter writer, in Cell cell)
    {
        switch (cell.Kind)
        {
            case CellKind.Bool:
                writer.WriteBooleanValue(cell.AsBool);
                break;
            case CellKind.Int64:
                writer.WriteNumberValue(cell.AsInt64);
                break;
            case CellKind.Double when double.IsFinite(cell.AsDouble):
                WriteDouble(writer, cell.AsDouble);
                break;
            case CellKind.Timestamp:
                writer.WriteStringValue(cell.AsTimestamp);
                break;
            case CellKind.String:
                writer.WriteStringValue(cell.AsString);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    /// <summary>A whole number of a double keeps its <c>.0</c>, so that a reader sees a column of one type.</summary>
    private static void WriteDouble(Utf8JsonWriter writer, double value)
    {
        Span<byte> text = stackalloc byte[40];
        if (!Utf8Formatter.TryFormat(value, text, out var count))
            throw new InvalidOperationException("A double has at most 24 characters.");
        if (text[..count].IndexOfAny((byte)'.', (byte)'E', (byte)'e') < 0)
        {
            ".0"u8.CopyTo(text[count..]);
            count += 2;
        }

        writer.WriteRawValue(text[..count], skipInputValidation: true);
    }
}

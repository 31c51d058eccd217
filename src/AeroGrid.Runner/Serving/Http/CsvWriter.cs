using System.Buffers;
using System.Globalization;
using System.Text;

using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>
/// Comma-separated values (RFC 4180). A spreadsheet runs texts that begin with <c>= + - @</c> or a control character as formulas, and these texts are
/// made by whoever writes to the topic: unless switched off they get an apostrophe in front (OWASP, CSV injection). Numbers never do, nor texts
/// that are numbers.
/// </summary>
internal sealed class CsvWriter(ByteBuffer buffer, bool guard)
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    private bool isInside;

    public void Text(string text)
    {
        Separate();
        if (guard && IsFormula(text))
            text = "'" + text;
        if (text.AsSpan().IndexOfAny(Quoted) < 0)
            Write(text);
        else
            Write($"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
    }

    /// <summary>Null is empty, as is an error; timestamps are ISO 8601 in UTC; not a number and the infinities are written as Python and pandas read them.</summary>
    public void Value(in Cell cell)
    {
        switch (cell.Kind)
        {
            case CellKind.String:
                Text(cell.AsString);
                break;
            case CellKind.Bool:
                Raw(cell.AsBool ? "true" : "false");
                break;
            case CellKind.Int64:
                Raw(cell.AsInt64.ToString(CultureInfo.InvariantCulture));
                break;
            case CellKind.Double:
                var value = cell.AsDouble;
                Raw(double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf") : value.ToString("R", CultureInfo.InvariantCulture));
                break;
            case CellKind.Timestamp:
                Raw(cell.AsTimestamp.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
                break;
            default:
                Raw("");
                break;
        }
    }

    public void EndLine()
    {
        buffer.Write("\r\n"u8);
        isInside = false;
    }

    private static bool IsFormula(string text) =>
        text.Length > 0
        && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n'
        && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private void Raw(string text)
    {
        Separate();
        Write(text);
    }

    private void Separate()
    {
        if (isInside)
            buffer.WriteByte((byte)',');
        isInside = true;
    }

    private void Write(string text) => buffer.WriteUtf8(text, Encoding.UTF8.GetByteCount(text));
}

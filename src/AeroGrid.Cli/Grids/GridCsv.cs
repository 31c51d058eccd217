using System.Text;
using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Grids;

/// <summary>A grid as CSV (RFC 4180), with the columns' names first and the key in the first column.</summary>
internal static class GridCsv
{
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create("\",\r\n");

    /// <summary>Writes a snapshot.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="snapshot">The grid.</param>
    /// <param name="clean">Makes text safe, where it goes to a terminal.</param>
    public static void Write(TextWriter output, GridSnapshot snapshot, Func<string, string> clean)
    {
        Line(output, ["key", .. snapshot.Columns.Select(c => clean(c.Name))]);
        foreach (var row in snapshot.Rows)
        {
            Line(output, [clean(row.Key), .. row.Cells.Select(c => clean(c.ToString()))]);
        }
    }

    private static void Line(TextWriter output, IEnumerable<string> fields)
    {
        var line = new StringBuilder();
        foreach (var field in fields)
        {
            line.Append(line.Length > 0 ? "," : "");
            _ = field.AsSpan().ContainsAny(Special) ? line.Append('"').Append(field.Replace("\"", "\"\"")).Append('"') : line.Append(field);
        }

        output.WriteLine(line.ToString());
    }
}

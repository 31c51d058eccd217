namespace AeroGrid.Cli.Output;

/// <summary>Columns as kubectl prints them: left-aligned, three spaces between, no lines.</summary>
internal static class TextTable
{
    /// <summary>Writes a table.</summary>
    public static void Write(TextWriter output, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = [headings, .. rows];
        var widths = headings.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
        {
            output.WriteLine(string.Join("   ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}

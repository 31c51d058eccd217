namespace AeroGrid.Operator.Apps.Rollouts;

/// <summary>
/// The end of what a program printed, fit for a condition: the last lines, without the characters by which a terminal can be made to show
/// what is not there. What user code prints is hostile.
/// </summary>
internal static class LastOutput
{
    private const int MaximumLines = 20;
    private const int MaximumLength = 4096;

    public static string Of(string? output)
    {
        if (string.IsNullOrWhiteSpace(output))
            return "";
        var lines = output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        var text = string.Join('\n', lines.TakeLast(MaximumLines).Select(Printable));
        return text.Length <= MaximumLength ? text : $"…{text[^(MaximumLength - 1)..]}";
    }

    private static string Printable(string line) =>
        line.Any(c => char.IsControl(c) && c != '\t')
            ? string.Concat(line.Where(c => !char.IsControl(c) || c == '\t'))
            : line;
}

using System.Text;

namespace AeroGrid.Cli.Output;

/// <summary>
/// Makes text of unknown origin safe to print. What an app prints is hostile to a terminal (escape sequences can rewrite the screen or the
/// title), and so are bidirectional overrides, which make a line read as another one (Unicode TR 36): both are shown, not obeyed.
/// </summary>
internal static class TerminalText
{
    /// <summary>One line; tabs stay.</summary>
    public static string Line(string text) => Clean(text, keepLineEnds: false);

    /// <summary>Several lines; tabs and line ends stay.</summary>
    public static string Block(string text) => Clean(text, keepLineEnds: true);

    private static string Clean(string text, bool keepLineEnds)
    {
        if (!text.Any(c => IsDangerous(c, keepLineEnds)))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = !IsDangerous(c, keepLineEnds) ? clean.Append(c)
                : c < 0x100 ? clean.Append($"\\x{(int)c:x2}")
                : clean.Append($"\\u{(int)c:x4}");
        }

        return clean.ToString();
    }

    private static bool IsDangerous(char c, bool keepLineEnds) => c switch
    {
        '\t' => false,
        '\n' => !keepLineEnds,
        >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' or '\u200e' or '\u200f' => true,
        _ => char.IsControl(c),
    };
}

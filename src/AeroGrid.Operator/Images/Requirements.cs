using System.Text.RegularExpressions;

namespace AeroGrid.Operator.Images;

/// <summary>One requirement: where it stands and how it was typed.</summary>
/// <param name="Line">Its line, from 1; that of the beginning when it goes over several.</param>
/// <param name="Typed">What stands there, comment included.</param>
/// <param name="Normal">Without comment and superfluous space, continued lines joined.</param>
internal sealed record Requirement(int Line, string Typed, string Normal);

/// <summary>
/// What a requirements.txt asks for (pip's documentation, "Requirements File Format"). Two files that ask for the same are equal in
/// <see cref="Normal"/>, whatever their comments and order, and share one build.
/// </summary>
internal sealed partial class Requirements
{
    private Requirements(string text, IReadOnlyList<Requirement> all)
    {
        Text = text;
        All = all;
        Normal = string.Join('\n', all.Select(requirement => requirement.Normal).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    /// <summary>Nothing to install.</summary>
    public static Requirements None { get; } = new("", []);

    /// <summary>The file as it is.</summary>
    public string Text { get; }

    /// <summary>The requirements in the order in which they stand.</summary>
    public IReadOnlyList<Requirement> All { get; }

    /// <summary>All of them in one text that depends on nothing else.</summary>
    public string Normal { get; }

    /// <summary>Whether there is nothing to install.</summary>
    public bool IsEmpty => All.Count == 0;

    /// <summary>Reads the text of a file.</summary>
    public static Requirements Parse(string? text)
    {
        var all = new List<Requirement>();
        var lines = (text ?? "").ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i;
            var joined = lines[i];

            // A comment is not continued, a line that ends in a backslash is.
            while (joined.EndsWith('\\') && !IsComment(joined) && i + 1 < lines.Length)
                joined = $"{joined[..^1]} {lines[++i].TrimStart()}";
            var normal = Spaces().Replace(Comment().Replace(joined.TrimEnd('\\'), ""), " ").Trim();
            if (normal.Length > 0)
                all.Add(new(first + 1, lines[first].Trim(), normal));
        }

        return all.Count == 0 ? None : new(text!, all);
    }

    /// <summary>The requirement of this file that another file, which asks for the same, has as typed; null when there is none.</summary>
    public Requirement? Find(string? typed)
    {
        if (typed is null)
            return null;
        var normal = Parse(typed).All is [var only, ..] ? only.Normal : typed;
        return All.FirstOrDefault(requirement => requirement.Normal == normal || requirement.Typed == typed)
            ?? All.FirstOrDefault(requirement => requirement.Normal.StartsWith(normal.TrimEnd('\\').TrimEnd(), StringComparison.Ordinal));
    }

    private static bool IsComment(string line) => line.TrimStart().StartsWith('#');

    [GeneratedRegex(@"(^|\s)#.*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}

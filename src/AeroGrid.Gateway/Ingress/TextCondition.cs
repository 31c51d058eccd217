using System.Text.RegularExpressions;

using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Ingress;

/// <summary>A compiled <see cref="StringMatch"/>.</summary>
internal sealed class TextCondition
{
    private readonly Kind kind;
    private readonly StringComparison comparison;
    private readonly Regex? regex;

    private TextCondition(Kind kind, string text, StringComparison comparison, Regex? regex = null) =>
        (this.kind, Text, this.comparison, this.regex) = (kind, text, comparison, regex);

    private enum Kind
    {
        Presence,
        Exact,
        Prefix,
        Regex,
    }

    /// <summary>The exact text or the prefix; empty otherwise.</summary>
    public string Text { get; }

    public bool IsExact => kind == Kind.Exact;

    public bool IsPrefix => kind == Kind.Prefix;

    public bool IgnoresCase => comparison == StringComparison.OrdinalIgnoreCase;

    /// <summary>Compiles a condition; null when it cannot be understood, which must make the rule match nothing.</summary>
    public static TextCondition? Compile(StringMatch? match, bool ignoreCase = false)
    {
        var how = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        switch (match)
        {
            case null or { Exact: null, Prefix: null, Regex: null, Unknown: null or { Count: 0 } }:
                return new(Kind.Presence, "", how);
            case { Unknown.Count: > 0 }:
                return null;
            case { Exact: { } exact }:
                return new(Kind.Exact, exact, how);
            case { Prefix: { } prefix }:
                return new(Kind.Prefix, prefix, how);
            default:
                try
                {
                    // Istio's expressions are RE2: linear in time, and for the whole text. NonBacktracking refuses what RE2 cannot do either.
                    return new(
                        Kind.Regex,
                        "",
                        how,
                        new Regex($@"\A(?:{match.Regex})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Regex.InfiniteMatchTimeout));
                }
                catch (Exception e) when (e is ArgumentException or NotSupportedException)
                {
                    return null;
                }
        }
    }

    /// <summary>Whether a text that is there matches; null stands for one that is not.</summary>
    public bool Matches(string? value) => value is not null && kind switch
    {
        Kind.Presence => true,
        Kind.Exact => value.Equals(Text, comparison),
        Kind.Prefix => value.StartsWith(Text, comparison),
        _ => regex!.IsMatch(value),
    };
}

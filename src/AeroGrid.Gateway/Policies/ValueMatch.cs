namespace AeroGrid.Gateway.Policies;

/// <summary>
/// A value in a policy: exact, prefix (<c>abc*</c>), suffix (<c>*abc</c>), or presence (<c>*</c>, not empty). Source: Istio, AuthorizationPolicy.
/// </summary>
internal readonly struct ValueMatch
{
    private readonly Kind kind;
    private readonly string text;
    private readonly StringComparison comparison;

    private ValueMatch(Kind kind, string text, StringComparison comparison) => (this.kind, this.text, this.comparison) = (kind, text, comparison);

    private enum Kind
    {
        Exact,
        Prefix,
        Suffix,
        Presence,
    }

    public static ValueMatch Parse(string value, StringComparison comparison = StringComparison.Ordinal) => value switch
    {
        "*" => new(Kind.Presence, "", comparison),
        [.. var prefix, '*'] => new(Kind.Prefix, prefix, comparison),
        ['*', .. var suffix] => new(Kind.Suffix, suffix, comparison),
        _ => new(Kind.Exact, value, comparison),
    };

    public static ValueMatch[]? ParseAll(IList<string>? values, StringComparison comparison = StringComparison.Ordinal) =>
        values is null ? null : [.. values.Select(value => Parse(value, comparison))];

    public bool Matches(string? value) => value is not null && kind switch
    {
        Kind.Presence => value.Length > 0,
        Kind.Prefix => value.StartsWith(text, comparison),
        Kind.Suffix => value.EndsWith(text, comparison),
        _ => value.Equals(text, comparison),
    };
}

/// <summary>Values that must, and values that must not match.</summary>
internal readonly record struct ValueCondition(ValueMatch[]? Any, ValueMatch[]? None)
{
    public bool IsEmpty => Any is null && None is null;

    public bool Holds(string? value) => (Any is null || Matches(Any, value)) && (None is null || !Matches(None, value));

    public bool Holds(string[]? values)
    {
        if (Any is not null && !MatchesOne(Any, values))
            return false;
        return None is null || !MatchesOne(None, values);
    }

    private static bool Matches(ValueMatch[] matches, string? value)
    {
        foreach (ref readonly var match in matches.AsSpan())
        {
            if (match.Matches(value))
                return true;
        }

        return false;
    }

    private static bool MatchesOne(ValueMatch[] matches, string[]? values)
    {
        foreach (var value in values ?? [])
        {
            if (Matches(matches, value))
                return true;
        }

        return false;
    }
}

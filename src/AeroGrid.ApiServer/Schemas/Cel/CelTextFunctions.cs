namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>Methods of texts (https://pkg.go.dev/github.com/google/cel-go/ext#Strings).</summary>
internal static class CelTextFunctions
{
    /// <summary>Calls a method.</summary>
    public static object? Call(string name, string text, object?[] a, CelEvaluator evaluator) => (name, a) switch
    {
        ("contains", [string part]) => text.Contains(part, StringComparison.Ordinal),
        ("startsWith", [string part]) => text.StartsWith(part, StringComparison.Ordinal),
        ("endsWith", [string part]) => text.EndsWith(part, StringComparison.Ordinal),
        ("lowerAscii", []) => string.Create(text.Length, text, (span, t) => Ascii(span, t, char.ToLowerInvariant)),
        ("upperAscii", []) => string.Create(text.Length, text, (span, t) => Ascii(span, t, char.ToUpperInvariant)),
        ("trim", []) => text.Trim(),
        ("split", [string separator, .. var limit]) => Split(text, separator, limit is [long most] ? most : -1),
        ("replace", [string old, string with, .. var limit]) => Replace(text, old, with, limit is [long most] ? most : -1, evaluator),
        ("substring", [long start, .. var end]) => Substring(text, start, end is [long last] ? last : text.Length),
        ("charAt", [long index]) => index == text.Length ? "" : Substring(text, index, index + 1),
        ("indexOf", [string part]) => (long)text.IndexOf(part, StringComparison.Ordinal),
        ("indexOf", [string part, long start and >= 0]) when start <= text.Length => (long)text.IndexOf(part, (int)start, StringComparison.Ordinal),
        ("lastIndexOf", [string part]) => part.Length == 0 ? text.Length : (long)text.LastIndexOf(part, StringComparison.Ordinal),
        _ => throw CelFunctions.NoOverload(name, [text, .. a]),
    };

    private static void Ascii(Span<char> span, string text, Func<char, char> change)
    {
        for (var i = 0; i < text.Length; i++)
        {
            span[i] = char.IsAscii(text[i]) ? change(text[i]) : text[i];
        }
    }

    private static CelList Split(string text, string separator, long limit)
    {
        if (limit == 0)
        {
            return new CelList([]);
        }

        if (separator.Length == 0)
        {
            return new CelList([.. text.EnumerateRunes().Select(r => r.ToString())]);
        }

        var parts = limit < 0 ? text.Split(separator) : text.Split(separator, (int)Math.Min(limit, int.MaxValue));
        return new CelList([.. parts]);
    }

    private static string Replace(string text, string old, string with, long limit, CelEvaluator evaluator)
    {
        if (old.Length == 0)
        {
            throw new CelException("replace() needs a text to replace");
        }

        var parts = limit < 0 ? text.Split(old) : text.Split(old, (int)Math.Min(limit + 1, int.MaxValue));
        evaluator.Charge((text.Length + ((long)parts.Length * with.Length)) / 10);
        return string.Join(with, parts);
    }

    private static string Substring(string text, long start, long end) =>
        start >= 0 && start <= end && end <= text.Length ? text[(int)start..(int)end] : throw new CelException($"index out of range: {start} to {end}");
}

namespace AeroGrid.Runner.Protocol;

/// <summary>The beginning of a text that somebody else made, for a message.</summary>
internal static class Excerpt
{
    public static string Of(string text, int length = 100) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");
}

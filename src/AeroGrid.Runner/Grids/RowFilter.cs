namespace AeroGrid.Runner.Grids;

/// <summary>Which rows a reader wants: those whose key starts with a prefix, those with certain keys, or all.</summary>
internal sealed record RowFilter(string? Prefix, IReadOnlySet<string>? Keys)
{
    public static RowFilter All { get; } = new(null, null);

    public bool IsAll => Prefix is null && Keys is null;

    public bool Matches(string key) =>
        (Prefix is null || key.StartsWith(Prefix, StringComparison.Ordinal)) && (Keys is null || Keys.Contains(key));
}

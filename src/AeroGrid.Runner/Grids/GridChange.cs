namespace AeroGrid.Runner.Grids;

/// <summary>What the app did to one grid: clear, then set, then delete. A key is in one of the lists only.</summary>
internal sealed class GridChange
{
    public bool Clear { get; set; }

    public Dictionary<string, Cell[]> Set { get; } = new(StringComparer.Ordinal);

    public List<string> Delete { get; } = [];
}

using System.Diagnostics.CodeAnalysis;

namespace AeroGrid.Runner.Grids;

/// <summary>All grids of the app by name. Reading is thread-safe; the supervisor alone changes it.</summary>
internal sealed class GridDirectory(MemoryBudget budget)
{
    private volatile SortedDictionary<string, Grid> grids = new(StringComparer.Ordinal);

    /// <summary>In the order of their names.</summary>
    public IReadOnlyCollection<Grid> All => grids.Values;

    /// <summary>Grids whose name begins so are the runner's own.</summary>
    public const char OwnPrefix = '_';

    public bool TryFind(string name, [NotNullWhen(true)] out Grid? grid) => grids.TryGetValue(name, out grid);

    /// <summary>
    /// Makes the directory hold these grids. One that was there with the same columns is left as it is; with others it begins a new life; one that is
    /// no longer named is removed.
    /// </summary>
    public void Define(IEnumerable<GridDefinition> definitions)
    {
        var old = grids;
        var next = new SortedDictionary<string, Grid>(StringComparer.Ordinal);
        foreach (var definition in definitions)
        {
            if (!old.TryGetValue(definition.Name, out var grid))
                grid = new Grid(definition, budget);
            else if (!grid.Definition.HasSameColumns(definition))
                grid.Reset(definition);
            next.Add(definition.Name, grid);
        }

        grids = next;
        foreach (var (name, grid) in old)
        {
            if (!next.ContainsKey(name))
                grid.Remove();
        }
    }
}

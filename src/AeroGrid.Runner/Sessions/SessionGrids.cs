using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Sessions;

/// <summary>
/// Where the changes of a session go: into the live grids, or beside them while an app that was started again has not caught up. Thread-safe.
/// </summary>
internal sealed class SessionGrids(GridDirectory directory, MemoryBudget budget, IReadOnlyList<GridDefinition> definitions, bool stage)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, GridDefinition> definitions = definitions.ToDictionary(d => d.Name, StringComparer.Ordinal);
    private Dictionary<string, StagedGrid>? staged = stage ? definitions.ToDictionary(d => d.Name, _ => new StagedGrid(budget), StringComparer.Ordinal) : null;

    public GridDefinition? Find(string name) => definitions.GetValueOrDefault(name);

    /// <exception cref="GridsTooLargeException">The grids are larger than they may be.</exception>
    public void Apply(string name, GridChange change)
    {
        lock (gate)
        {
            if (staged is not null)
                staged[name].Apply(name, change);
            else if (directory.TryFind(name, out var grid))
                grid.Apply(change);
        }
    }

    /// <summary>The rows that were made beside the live ones take their place; only real differences are changes for subscribers.</summary>
    public void Publish(IEnumerable<GridDefinition> own)
    {
        lock (gate)
        {
            if (staged is not { } ready)
                return;
            staged = null;
            directory.Define(definitions.Values.Concat(own));
            foreach (var (name, rows) in ready)
            {
                rows.GiveBack();
                if (directory.TryFind(name, out var grid))
                    grid.Apply(rows.ToChange());
            }
        }
    }

    /// <summary>The session is over; what it made beside the live grids is forgotten.</summary>
    public void Discard()
    {
        lock (gate)
        {
            foreach (var rows in staged?.Values.ToArray() ?? [])
                rows.GiveBack();
            staged = null;
        }
    }
}

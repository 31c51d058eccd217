using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Sessions;

/// <summary>Rows of a grid that nobody sees yet. Not thread-safe.</summary>
internal sealed class StagedGrid(MemoryBudget budget)
{
    private readonly GridChange whole = new() { Clear = true };
    private long bytes;

    /// <exception cref="GridsTooLargeException">The grids are larger than they may be.</exception>
    public void Apply(string name, GridChange change)
    {
        if (change.Clear)
        {
            whole.Set.Clear();
            Count(-bytes);
        }

        foreach (var (key, cells) in change.Set)
        {
            if (whole.Set.TryGetValue(key, out var old))
                Count(-Row.SizeOf(key, old));
            whole.Set[key] = cells;
            Count(Row.SizeOf(key, cells));
        }

        foreach (var key in change.Delete)
        {
            if (whole.Set.Remove(key, out var old))
                Count(-Row.SizeOf(key, old));
        }

        budget.Check(name, whole.Set.Count, bytes);
    }

    /// <summary>They count no longer.</summary>
    public void GiveBack() => Count(-bytes);

    /// <summary>The change that makes a grid these rows and no others.</summary>
    public GridChange ToChange() => whole;

    private void Count(long difference)
    {
        bytes += difference;
        budget.Add(difference);
    }
}

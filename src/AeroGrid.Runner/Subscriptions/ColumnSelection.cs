using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>The columns of a grid that a reader asked for.</summary>
internal static class ColumnSelection
{
    /// <summary>Finds columns by name.</summary>
    /// <param name="all">The grid's.</param>
    /// <param name="names">In the order to send; empty for all.</param>
    /// <returns>Their indexes (null for all as they are) and themselves; null when one is not there.</returns>
    public static (int[]? Indexes, IReadOnlyList<Column> Columns)? Select(IReadOnlyList<Column> all, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return (null, all);
        var indexes = new int[names.Count];
        for (var i = 0; i < indexes.Length; i++)
        {
            indexes[i] = IndexOf(all, names[i]);
            if (indexes[i] < 0)
                return null;
        }

        return (indexes, [.. indexes.Select(index => all[index])]);
    }

    /// <summary>Says which column is unknown, or null when all are known.</summary>
    public static string? FindProblem(GridDefinition grid, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (IndexOf(grid.Columns, name) < 0)
                return $"Grid \"{grid.Name}\" has no column \"{name}\"; it has {string.Join(", ", grid.Columns.Select(c => $"\"{c.Name}\""))}.";
        }

        return names.Count > 256 ? "At most 256 columns can be asked for." : null;
    }

    private static int IndexOf(IReadOnlyList<Column> all, string name)
    {
        for (var i = 0; i < all.Count; i++)
        {
            if (string.Equals(all[i].Name, name, StringComparison.Ordinal))
                return i;
        }

        return -1;
    }
}

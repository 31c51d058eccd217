namespace AeroGrid.Runner.Grids;

/// <summary>What all grids of the app may take together, counted by an estimate. Thread-safe.</summary>
/// <param name="limit">In bytes.</param>
internal sealed class MemoryBudget(long limit)
{
    private long used;

    /// <summary>In bytes.</summary>
    public long Limit { get; } = limit;

    /// <summary>In bytes.</summary>
    public long Used => Volatile.Read(ref used);

    public void Add(long bytes) => Interlocked.Add(ref used, bytes);

    /// <summary>Says so when the last addition was too much.</summary>
    /// <exception cref="GridsTooLargeException">The grids together are larger than the limit.</exception>
    public void Check(string grid, int rows, long bytes)
    {
        if (Used > Limit)
            throw new GridsTooLargeException(grid, rows, bytes, Used, Limit);
    }
}

/// <summary>The app's grids take more memory than they may.</summary>
internal sealed class GridsTooLargeException(string grid, int rows, long bytes, long used, long limit) : Exception(
    $"The app's grids take {Megabytes(used)} MB of memory, and {Megabytes(limit)} MB is the limit: grid \"{grid}\" has grown to {rows} rows and {Megabytes(bytes)} MB. "
    + "Keep fewer rows or shorter texts, or give the app more memory (resources.limits.memory).")
{
    private static string Megabytes(long bytes) => (bytes / 1048576.0).ToString("0.#", System.Globalization.CultureInfo.InvariantCulture);
}

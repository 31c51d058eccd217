namespace AeroGrid.Runner.Grids;

/// <summary>
/// A row, a row that was deleted (no cells), or a bookmark of a reader (no key), as a link of the grid's list. Only the grid changes it, under its
/// lock; the array of cells never changes, so that it may be read without.
/// </summary>
internal sealed class Row(string? key)
{
    public string? Key { get; } = key;

    public Cell[]? Cells { get; set; }

    /// <summary>The sequence of the last change.</summary>
    public long Sequence { get; set; }

    public Row? Older { get; set; }

    public Row? Newer { get; set; }

    public bool IsBookmark => Key is null;

    public bool IsDeleted => Cells is null;

    /// <summary>Bytes of memory of a row with these contents, with its share of the dictionary, about.</summary>
    public static long SizeOf(string key, Cell[] cells)
    {
        long size = 56 + 48 + Cell.TextBytes(key) + 24 + (16L * cells.Length);
        foreach (ref readonly var cell in cells.AsSpan())
            size += cell.ExtraBytes;
        return size;
    }

    /// <summary>Bytes of memory of what remains of a deleted row.</summary>
    public static long SizeOfDeleted(string key) => 56 + 48 + Cell.TextBytes(key);
}

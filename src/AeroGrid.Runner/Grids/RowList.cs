namespace AeroGrid.Runner.Grids;

/// <summary>
/// The rows of a grid from the one whose last change is oldest to the newest, with the bookmarks of readers between them. A row that changes
/// goes to the end, so that what a reader has not seen is always what is behind its bookmark, each row once. Not thread-safe.
/// </summary>
internal sealed class RowList
{
    private readonly Row head = new(null);
    private Row newest;

    public RowList() => newest = head;

    public Row? Oldest => head.Newer;

    public void Append(Row row) => InsertAfter(newest, row);

    public void InsertAfter(Row place, Row row)
    {
        (row.Older, row.Newer) = (place, place.Newer);
        if (place.Newer is { } next)
            next.Older = row;
        else
            newest = row;
        place.Newer = row;
    }

    public void Remove(Row row)
    {
        row.Older!.Newer = row.Newer;
        if (row.Newer is { } next)
            next.Older = row.Older;
        else
            newest = row.Older;
        (row.Older, row.Newer) = (null, null);
    }

    /// <summary>The link in front of the first row that is newer than a sequence; found from the new end, since readers are seldom far behind.</summary>
    public Row PlaceOf(long sequence)
    {
        if (sequence == 0)
            return head;
        var place = newest;
        while (place != head && (place.IsBookmark || place.Sequence > sequence))
            place = place.Older!;
        return place;
    }
}

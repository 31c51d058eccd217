using AeroGrid.Client.Errors;

namespace AeroGrid.Client.Grids;

/// <summary>
/// What happens to a grid that is subscribed to. First comes <see cref="GridSnapshotStarted"/>, then rows, then <see cref="GridSnapshotCompleted"/>;
/// from there on rows are changes. All are immutable.
/// </summary>
public abstract record GridChange
{
    private protected GridChange()
    {
    }
}

/// <summary>The whole grid follows: forget all rows that were known before. At the beginning, and after a connection that could not be resumed.</summary>
/// <param name="Columns">The columns that the cells of every row follow from now on.</param>
public sealed record GridSnapshotStarted(IReadOnlyList<GridColumn> Columns) : GridChange;

/// <summary>Rows are new, different or gone. Apply the upserts, then the deletes; no key is in both.</summary>
/// <param name="Upserts">Rows that are new or different, whole.</param>
/// <param name="Deletes">Keys of rows that are gone.</param>
/// <param name="Position">The moment after this change; null inside of a snapshot.</param>
/// <param name="Skipped">How many changes were left out before, because newer ones of the same rows replaced them; never of final values.</param>
public sealed record GridRowsChanged(IReadOnlyList<GridRow> Upserts, IReadOnlyList<string> Deletes, GridPosition? Position, long Skipped) : GridChange;

/// <summary>The rows are the whole grid now.</summary>
/// <param name="Position">The moment that they are of.</param>
public sealed record GridSnapshotCompleted(GridPosition Position) : GridChange;

/// <summary>Whether the rows follow their source has changed. Comes after every snapshot too.</summary>
/// <param name="Status">How it is now.</param>
public sealed record GridStatusChanged(GridStatus Status) : GridChange;

/// <summary>The connection is lost; the rows keep their last values. The library connects again by itself.</summary>
/// <param name="Reason">Why, for a person.</param>
/// <param name="RetryAfter">The pause before the next attempt.</param>
public sealed record GridConnectionLost(AeroGridException Reason, TimeSpan RetryAfter) : GridChange;

/// <summary>The connection is back and goes on where it was lost: no row was missed and no snapshot follows.</summary>
public sealed record GridConnectionResumed : GridChange;

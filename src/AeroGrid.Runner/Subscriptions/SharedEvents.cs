using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>An encoded chunk of rows and what it was.</summary>
internal sealed record EncodedStep(ReadStep Step, ReadOnlyMemory<byte> Body, long Created)
{
    /// <summary>Changes that the reader will never see, because newer ones of the same rows came with this chunk.</summary>
    public long Skipped => Step.Kind == ReadKind.Changes ? Step.To - Step.From - Step.Rows : 0;
}

/// <summary>
/// The last changes and the last whole snapshot of a grid in one format, so that a thousand subscribers at the same place cost one encoding.
/// Thread-safe.
/// </summary>
internal sealed class SharedEvents(TimeProvider time)
{
    /// <summary>What is older than this is made anew, since there may be newer changes to go with it.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(5);

    private volatile EncodedStep? changes;
    private volatile EncodedStep? snapshot;

    /// <summary>What a cursor would read now; null when it has to.</summary>
    public EncodedStep? Find(GridCursor cursor)
    {
        var candidate = cursor.Epoch is null ? snapshot : changes;
        if (candidate is null
            || cursor.SnapshotFrom >= 0
            || cursor.Bookmark is not null
            || (cursor.Epoch is not null && (candidate.Step.From != cursor.Sequence || !string.Equals(candidate.Step.Position.Epoch, cursor.Epoch, StringComparison.Ordinal)))
            || time.GetElapsedTime(candidate.Created) > Fresh)
        {
            return null;
        }

        return candidate;
    }

    public void Add(EncodedStep step)
    {
        if (!step.Step.IsLast)
            return;
        if (step.Step.Kind == ReadKind.Changes)
            changes = step;
        else if (step.Step.IsFirst)
            snapshot = step;
    }
}

namespace AeroGrid.Runner.Kafka;

/// <summary>How far the app has come in one partition. Used under the lock of <see cref="TopicProgress"/>.</summary>
internal sealed class PartitionProgress(int streams)
{
    private readonly long[] handled = [.. Enumerable.Repeat(-1L, streams)];

    /// <summary>Up to where all streams have handled the records; -1 before the first.</summary>
    public long Handled => handled.Length == 0 ? -1 : handled.Min();

    /// <summary>The offset behind the last record of the topic when the session saw the partition first; null until the broker has said it.</summary>
    public long? End { get; set; }

    /// <summary>What must be handled for the app to have caught up; null until the runner has read up to <see cref="End"/>.</summary>
    public long? CaughtUpAt { get; set; }

    public bool IsCaughtUp => CaughtUpAt is { } offset && Handled >= offset;

    public void Advance(int stream, long next) => handled[stream] = Math.Max(handled[stream], next);
}

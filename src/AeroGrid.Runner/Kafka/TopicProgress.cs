namespace AeroGrid.Runner.Kafka;

/// <summary>How far the app has come in a topic, partition by partition. Thread-safe.</summary>
/// <param name="topic">The topic's name.</param>
/// <param name="streams">How many functions of the app read it.</param>
internal sealed class TopicProgress(string topic, int streams)
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, PartitionProgress> partitions = [];
    private bool isKnown;

    public string Topic { get; } = topic;

    /// <summary>Whether everything that was there when the session began has been handled.</summary>
    public bool IsCaughtUp
    {
        get
        {
            lock (gate)
                return isKnown && partitions.Values.All(p => p.IsCaughtUp);
        }
    }

    /// <summary>The partitions have been found, or it is known that there is none.</summary>
    public void Known()
    {
        lock (gate)
            isKnown = true;
    }

    public void Add(IEnumerable<int> added)
    {
        lock (gate)
        {
            isKnown = true;
            foreach (var partition in added)
                partitions.TryAdd(partition, new PartitionProgress(streams));
        }
    }

    public void Remove(IEnumerable<int> removed)
    {
        lock (gate)
        {
            foreach (var partition in removed)
                partitions.Remove(partition);
        }
    }

    /// <summary>A record was read; the broker's end of the partition is what it was at the first.</summary>
    public void Read(int partition, long offset, long end)
    {
        lock (gate)
        {
            if (!partitions.TryGetValue(partition, out var progress) || progress.CaughtUpAt is not null)
                return;
            progress.End ??= end > 0 ? end : null;
            if (offset + 1 >= progress.End)
                progress.CaughtUpAt = offset + 1;
        }
    }

    /// <summary>There is nothing behind this offset.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="delivered">The offset behind the last record that was read, or -1 when none was: gaps need no handling.</param>
    public void ReachedEnd(int partition, long delivered)
    {
        lock (gate)
        {
            if (partitions.TryGetValue(partition, out var progress))
                progress.CaughtUpAt ??= delivered;
        }
    }

    /// <summary>A stream has handled what is before an offset.</summary>
    /// <returns>The offset up to which all streams have handled the partition when that moved, for committing.</returns>
    public long? Handled(int stream, int partition, long next)
    {
        lock (gate)
        {
            if (!partitions.TryGetValue(partition, out var progress))
                return null;
            var before = progress.Handled;
            progress.Advance(stream, next);
            return progress.Handled > before ? progress.Handled : null;
        }
    }

    /// <summary>The partitions and up to where each is handled; -1 for nothing yet.</summary>
    public IReadOnlyList<(int Partition, long Handled)> Snapshot()
    {
        lock (gate)
            return [.. partitions.OrderBy(p => p.Key).Select(p => (p.Key, p.Value.Handled))];
    }
}

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// Decides how far back the log is kept: past states go when they are older than the period, or earlier when more bytes than the budget were
/// written since. Not a timer of its own: <see cref="ObjectStore"/> tells it of commits and of the passing of time. Thread-safe.
/// </summary>
internal sealed class Compactor(StoreOptions options)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Mark> _marks = new();
    private long _written;
    private long _bytesOfCompacted;

    /// <summary>Notes a commit.</summary>
    /// <returns>The revision to compact to; 0 for none.</returns>
    public long Committed(long revision, long bytes)
    {
        lock (_lock)
        {
            _written += bytes;
            if (_written - (_marks.Last?.Value.Written ?? _bytesOfCompacted) > options.HistoryBytes / 8)
            {
                AddMark(revision);
            }

            return _written - _bytesOfCompacted > options.HistoryBytes
                ? TakeMarks(mark => _written - mark.Written >= options.HistoryBytes / 2)
                : 0;
        }
    }

    /// <summary>Notes that time passes.</summary>
    /// <returns>The revision to compact to; 0 for none.</returns>
    public long Tick(long revision)
    {
        lock (_lock)
        {
            AddMark(revision);
            var limit = options.TimeProvider.GetUtcNow() - options.HistoryPeriod;
            return TakeMarks(mark => mark.Time <= limit);
        }
    }

    private void AddMark(long revision) => _marks.AddLast(new Mark(options.TimeProvider.GetUtcNow(), revision, _written));

    private long TakeMarks(Func<Mark, bool> old)
    {
        var revision = 0L;
        while (_marks.First is { Value: var mark } && old(mark))
        {
            revision = mark.Revision;
            _bytesOfCompacted = mark.Written;
            _marks.RemoveFirst();
        }

        return revision;
    }

    /// <summary>How far the log was at some time.</summary>
    private readonly record struct Mark(DateTimeOffset Time, long Revision, long Written);
}

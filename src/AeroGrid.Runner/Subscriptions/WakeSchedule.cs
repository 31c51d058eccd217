using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>Wakes subscriptions when their rate allows the next update: one timer for all of them. Thread-safe.</summary>
internal sealed class WakeSchedule : IDisposable
{
    private readonly Lock gate = new();
    private readonly PriorityQueue<IChangeWaiter, long> queue = new();
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private long armedFor = long.MaxValue;

    public WakeSchedule(TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(static state => ((WakeSchedule)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Wakes at a timestamp of the time provider, or a little later.</summary>
    public void Add(IChangeWaiter waiter, long timestamp)
    {
        lock (gate)
        {
            queue.Enqueue(waiter, timestamp);
            if (timestamp < armedFor)
                Arm(timestamp);
        }
    }

    public void Dispose() => timer.Dispose();

    private void Arm(long timestamp)
    {
        armedFor = timestamp;
        var wait = time.GetElapsedTime(time.GetTimestamp(), timestamp);
        timer.Change(wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait, Timeout.InfiniteTimeSpan);
    }

    private void Fire()
    {
        List<IChangeWaiter> due = [];
        lock (gate)
        {
            var now = time.GetTimestamp();
            while (queue.TryPeek(out var waiter, out var timestamp) && timestamp <= now)
            {
                queue.Dequeue();
                due.Add(waiter);
            }

            armedFor = long.MaxValue;
            if (queue.TryPeek(out _, out var next))
                Arm(next);
        }

        foreach (var waiter in due)
            waiter.Wake();
    }
}

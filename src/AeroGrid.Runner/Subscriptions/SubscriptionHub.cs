using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Metrics;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>
/// All subscriptions, with what they share: one schedule for their rates, and one tick a second that finds who needs a heartbeat, whose token
/// has ended and who does not read. Thread-safe.
/// </summary>
internal sealed class SubscriptionHub : IDisposable
{
    private readonly ConcurrentDictionary<Subscription, byte> all = new();
    private readonly ConditionalWeakTable<Grid, SharedEvents[]> shared = [];
    private readonly ITimer tick;
    private volatile GridState state;
    private volatile bool isStopping;

    public SubscriptionHub(TimeProvider time, RunnerMetrics metrics, GridState initial)
    {
        (Time, Metrics, state) = (time, metrics, initial);
        Schedule = new WakeSchedule(time);
        tick = time.CreateTimer(static hub => ((SubscriptionHub)hub!).Tick(), this, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public TimeProvider Time { get; }

    public RunnerMetrics Metrics { get; }

    public WakeSchedule Schedule { get; }

    /// <summary>Encoders that are not in use.</summary>
    public EncoderPool Encoders { get; } = new();

    /// <summary>Whether the rows follow their source, and why not. Setting it tells all subscribers.</summary>
    public GridState State
    {
        get => state;
        set
        {
            state = value;
            WakeAll();
        }
    }

    public bool IsStopping => isStopping;

    public int Count => all.Count;

    /// <summary>How many read a grid.</summary>
    public int CountOf(Grid grid) => all.Keys.Count(s => s.Grid == grid);

    /// <summary>Ends all subscriptions, and those that come later at once.</summary>
    public void Stop()
    {
        isStopping = true;
        WakeAll();
    }

    public void Dispose()
    {
        tick.Dispose();
        Schedule.Dispose();
    }

    internal void Add(Subscription subscription) => all.TryAdd(subscription, 0);

    internal void Remove(Subscription subscription) => all.TryRemove(subscription, out _);

    internal SharedEvents SharedEventsOf(Grid grid, EventFormat format) =>
        shared.GetValue(grid, _ => [new SharedEvents(Time), new SharedEvents(Time)])[(int)format];

    private void WakeAll()
    {
        foreach (var (subscription, _) in all)
            subscription.Wake();
    }

    private void Tick()
    {
        var now = Time.GetUtcNow();
        foreach (var (subscription, _) in all)
            subscription.Tick(now);
    }
}

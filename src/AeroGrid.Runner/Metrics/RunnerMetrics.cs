using AeroGrid.Runner.Subscriptions;

using Prometheus;

namespace AeroGrid.Runner.Metrics;

/// <summary>What Prometheus reads at <c>/metrics</c>. Thread-safe.</summary>
internal sealed class RunnerMetrics
{
    private readonly Counter records;
    private readonly Counter rejected;
    private readonly Counter failures;
    private readonly Counter starts;
    private readonly Counter userSeconds;
    private readonly Gauge lag;
    private readonly Gauge rows;
    private readonly Gauge subscribers;
    private readonly Gauge gridBytes;
    private readonly Counter updates;
    private readonly Counter conflated;
    private readonly Counter bytes;

    public RunnerMetrics()
    {
        var make = Prometheus.Metrics.WithCustomRegistry(Registry);
        records = make.CreateCounter("aerogrid_records_total", "Records that the app's code has handled.", "topic");
        rejected = make.CreateCounter("aerogrid_records_rejected_total", "Records that did not fit their type.", "topic");
        failures = make.CreateCounter("aerogrid_app_failures_total", "How often the app's code failed, was blocked for too long or ended.");
        starts = make.CreateCounter("aerogrid_app_starts_total", "How often the app's code was started.");
        userSeconds = make.CreateCounter("aerogrid_user_seconds_total", "Time spent in the app's code; divided by aerogrid_records_total it is the time of a record.", "topic");
        lag = make.CreateGauge("aerogrid_consumer_lag_records", "Records of a partition that the app has not handled yet.", "topic", "partition");
        rows = make.CreateGauge("aerogrid_grid_rows", "Rows of a grid.", "grid");
        subscribers = make.CreateGauge("aerogrid_grid_subscribers", "Subscribers of a grid.", "grid");
        gridBytes = make.CreateGauge("aerogrid_grids_memory_bytes", "Memory of all grids, as counted for their limit.");
        updates = make.CreateCounter("aerogrid_updates_sent_total", "Events sent to subscribers.", "grid", "transport", "kind");
        conflated = make.CreateCounter("aerogrid_changes_conflated_total", "Changes that subscribers did not get because newer ones replaced them.", "grid");
        bytes = make.CreateCounter("aerogrid_sent_bytes_total", "Bytes of events sent to subscribers.", "transport");
    }

    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    public void Handled(string topic, int count, double seconds)
    {
        records.WithLabels(topic).Inc(count);
        userSeconds.WithLabels(topic).Inc(seconds);
    }

    public void Rejected(string topic) => rejected.WithLabels(topic).Inc();

    public void Failed() => failures.Inc();

    public void Started() => starts.Inc();

    public void Lag(string topic, int partition, long count) => lag.WithLabels(topic, partition.ToString()).Set(count);

    public void Grid(string grid, int rowCount, int subscriberCount)
    {
        rows.WithLabels(grid).Set(rowCount);
        subscribers.WithLabels(grid).Set(subscriberCount);
    }

    public void Memory(long used) => gridBytes.Set(used);

    public void Sent(string grid, string transport, EventKind kind, int length)
    {
        updates.WithLabels(grid, transport, NameOf(kind)).Inc();
        bytes.WithLabels(transport).Inc(length);
    }

    public void Conflated(string grid, long count)
    {
        if (count > 0)
            conflated.WithLabels(grid).Inc(count);
    }

    private static string NameOf(EventKind kind) => kind switch
    {
        EventKind.Snapshot => "snapshot",
        EventKind.Changes => "changes",
        EventKind.Heartbeat => "heartbeat",
        _ => "status",
    };
}

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AeroGrid.ControllerRuntime.Diagnostics;

/// <summary>
/// The runtime's meter and activity source; docs/controllers.md lists every instrument. Names follow the OpenTelemetry conventions:
/// durations in seconds, counts as <c>{things}</c>.
/// </summary>
public static class ControllerTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "AeroGrid.ControllerRuntime";

    internal static readonly ActivitySource Activities = new(Name);

    internal static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> ReconcileDuration =
        Meter.CreateHistogram<double>("controller.reconcile.duration", "s", "How long one reconcile took, by controller and result.");

    internal static readonly UpDownCounter<long> ReconcilesActive =
        Meter.CreateUpDownCounter<long>("controller.reconcile.active", "{reconcile}", "Reconciles running now.");

    internal static readonly Histogram<double> QueueWait =
        Meter.CreateHistogram<double>("controller.queue.wait.duration", "s", "How long a key was ready before a worker took it.");

    internal static readonly Counter<long> QueueRetries =
        Meter.CreateCounter<long>("controller.queue.retries", "{retry}", "Keys that were put back after a failure.");

    internal static readonly Counter<long> InformerChanges =
        Meter.CreateCounter<long>("informer.changes", "{change}", "Changes taken over into caches, by kind and type.");

    internal static readonly Counter<long> InformerLists =
        Meter.CreateCounter<long>("informer.lists", "{list}", "Full lists read, by kind.");

    internal static readonly Counter<long> InformerWatches =
        Meter.CreateCounter<long>("informer.watches", "{watch}", "Watches opened, by kind.");

    internal static readonly Counter<long> InformerFailures =
        Meter.CreateCounter<long>("informer.failures", "{failure}", "Lists and watches that failed, by kind and error.type.");

    internal static readonly Counter<long> EventsDropped =
        Meter.CreateCounter<long>("events.dropped", "{event}", "Kubernetes events not written: too many at once, or refused by the server.");

    internal static KeyValuePair<string, object?> Controller(string name) => new("controller.name", name);

    internal static KeyValuePair<string, object?> Kind(string kind) => new("k8s.kind", kind);
}

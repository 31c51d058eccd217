using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using AeroGrid.ControllerRuntime.Diagnostics;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Diagnostics;

public sealed class TelemetryTests(Cluster cluster)
{
    [Fact]
    public async Task A_reconcile_is_an_activity_and_a_duration_with_its_result()
    {
        var space = await cluster.NamespaceAsync();
        var controller = $"maps-{space}";
        var activities = new ConcurrentQueue<Activity>();
        using var traces = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ControllerTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(traces);
        using var meters = new Measurements(tag => Equals(tag("controller.name"), controller) || tag("k8s.kind") is "ConfigMap");

        await cluster.WriteAsync(space, "good");
        await cluster.WriteAsync(space, "bad");
        await cluster.WriteAsync(space, "wrong");
        await using var manager = new ControllerManager(cluster.Client);
        var recorder = new Recorder<V1ConfigMap>
        {
            Work = static (key, _) => key.Name switch
            {
                "bad" => throw new IOException("broken pipe"),
                "wrong" => throw new TerminalException("never"),
                _ => Task.FromResult(ReconcileResult.Done),
            },
        };
        manager.AddController(controller, recorder, c => c.For(new() { Namespace = space }));
        await manager.StartAsync();
        await Eventually.True(
            () => meters.Tags("controller.reconcile.duration", "result").ToHashSet().IsSupersetOf(["done", "error", "terminal"]), "a result is missing");
        meters.Sum("controller.queue.retries").ShouldBeGreaterThanOrEqualTo(1);
        meters.Tags("controller.queue.wait.duration", "controller.name").ShouldContain(controller);
        meters.Tags("informer.changes", "change.type").ShouldContain("added");
        meters.Sum("informer.lists").ShouldBeGreaterThanOrEqualTo(1);
        meters.Sum("informer.watches").ShouldBeGreaterThanOrEqualTo(1);

        var mine = activities.Where(activity => activity.OperationName == $"reconcile {controller}").ToList();
        var bad = mine.First(activity => Equals(activity.GetTagItem("k8s.object.name"), "bad"));
        (bad.Status, bad.StatusDescription).ShouldBe((ActivityStatusCode.Error, "broken pipe"));
        (bad.GetTagItem("controller.name"), bad.GetTagItem("k8s.kind"), bad.GetTagItem("k8s.namespace.name")).ShouldBe((controller, "ConfigMap", space));
        mine.First(activity => Equals(activity.GetTagItem("k8s.object.name"), "good")).Status.ShouldBe(ActivityStatusCode.Unset);
    }

    [Fact]
    public void Instruments_follow_the_conventions_of_OpenTelemetry()
    {
        var instruments = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == ControllerTelemetry.Name)
                instruments.Add(instrument);
        };
        listener.Start();
        instruments.ShouldNotBeEmpty();
        foreach (var instrument in instruments)
        {
            // https://opentelemetry.io/docs/specs/semconv/general/metrics: lower case with dots, units not in names, seconds, {things}.
            instrument.Name.ShouldMatch("^[a-z]+(\\.[a-z]+)+$");
            instrument.Description.ShouldNotBeNullOrEmpty(instrument.Name);
            (instrument.Unit == "s" || (instrument.Unit?.StartsWith('{') ?? false)).ShouldBeTrue(instrument.Name);
            (instrument.Unit == "s").ShouldBe(instrument.Name.EndsWith(".duration", StringComparison.Ordinal), instrument.Name);
            instrument.Name.ShouldNotContain("total");
        }
    }

    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)> all = new();

        public Measurements(Func<Func<string, object?>, bool> isMine)
        {
            listener.InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == ControllerTelemetry.Name)
                    self.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.Start();

            void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            {
                var copy = new Dictionary<string, object?>();
                foreach (var (key, tag) in tags)
                    copy[key] = tag;
                if (isMine(copy.GetValueOrDefault))
                    all.Enqueue((instrument.Name, value, copy));
            }
        }

        public IEnumerable<string> Tags(string name, string tag) =>
            all.Where(one => one.Name == name).Select(one => one.Tags.GetValueOrDefault(tag)?.ToString() ?? "");

        public double Sum(string name) => all.Where(one => one.Name == name).Sum(one => one.Value);

        public void Dispose() => listener.Dispose();
    }
}

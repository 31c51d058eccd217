using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.ControllerRuntime.Tests.Events;

public sealed class EventRecorderTests(Cluster cluster)
{
    [Fact]
    public async Task An_event_says_what_happened_to_what_and_kubectl_shows_it()
    {
        var space = await cluster.NamespaceAsync();
        var map = await cluster.WriteAsync(space, "thing");
        await using var recorder = Recorder();
        recorder.Warning(map, "Broken", "it does not work");
        await Eventually.Async(async () =>
        {
            var e = (await EventsAsync(space)).ShouldHaveSingleItem();
            (e.Type, e.Reason, e.Message, e.Count, e.Source.Component).ShouldBe(("Warning", "Broken", "it does not work", 1, "tests"));
            (e.InvolvedObject.Kind, e.InvolvedObject.Name, e.InvolvedObject.Uid).ShouldBe(("ConfigMap", "thing", map.Metadata.Uid));
        });
        (await cluster.Server.KubectlOkAsync("-n", space, "get", "events")).ShouldContain("it does not work");
    }

    [Fact]
    public async Task The_same_again_is_one_Event_whose_count_rises()
    {
        var space = await cluster.NamespaceAsync();
        var map = await cluster.WriteAsync(space, "thing");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var proxy = await cluster.ProxyAsync();
        using var client = cluster.Through(proxy);
        await using var recorder = new EventRecorder(client, "tests", NullLoggerFactory.Instance, time);
        recorder.Normal(map, "Tick", "again");
        await Eventually.Async(async () => (await EventsAsync(space)).ShouldHaveSingleItem());
        for (var i = 0; i < 99; i++)
            recorder.Normal(map, "Tick", "again");
        await Eventually.Async(async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(200));
            (await EventsAsync(space)).ShouldHaveSingleItem().Count.ShouldBe(100);
        });

        // A hundred events were a handful of writes.
        proxy.Seen.Count.ShouldBeLessThanOrEqualTo(5);
        var e = (await EventsAsync(space)).Single();
        e.LastTimestamp.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(e.FirstTimestamp!.Value);
    }

    [Fact]
    public async Task After_a_quiet_while_a_new_Event_begins()
    {
        var space = await cluster.NamespaceAsync();
        var map = await cluster.WriteAsync(space, "thing");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var recorder = new EventRecorder(cluster.Client, "tests", NullLoggerFactory.Instance, time);
        recorder.Normal(map, "Tick", "again");
        await Eventually.Async(async () => (await EventsAsync(space)).Count.ShouldBe(1));
        time.Advance(TimeSpan.FromMinutes(11));
        recorder.Normal(map, "Tick", "again");
        await Eventually.Async(async () => (await EventsAsync(space)).Count.ShouldBe(2));
    }

    [Fact]
    public async Task A_server_that_is_away_delays_events_and_a_refusal_drops_only_what_is_refused()
    {
        var space = await cluster.NamespaceAsync();
        var map = await cluster.WriteAsync(space, "thing");
        await using var proxy = await cluster.ProxyAsync();
        using var client = cluster.Through(proxy);
        await using var recorder = new EventRecorder(client, "tests", NullLoggerFactory.Instance);
        proxy.Fault = context =>
        {
            context.Abort();
            return Task.FromResult(true);
        };
        recorder.Normal(map, "Late", "comes when the server is back");
        await Eventually.True(() => proxy.Seen.Count >= 2, "it was given up");
        proxy.Fault = null;
        await Eventually.Async(async () => (await EventsAsync(space)).ShouldHaveSingleItem().Reason.ShouldBe("Late"));

        recorder.Normal(map with { Metadata = map.Metadata with { NamespaceProperty = "no-such-namespace" } }, "Refused", "by the server");
        recorder.Normal(map, "After", "goes on");
        await Eventually.Async(async () => (await EventsAsync(space)).Select(e => e.Reason).ShouldContain("After"));
    }

    [Fact]
    public async Task Events_of_cluster_scoped_objects_are_in_default_and_long_messages_are_cut()
    {
        var name = $"node-{Guid.NewGuid():N}"[..20];
        var node = await cluster.Client.CreateAsync(new V1Node { Metadata = new() { Name = name } });
        await using var recorder = Recorder();
        recorder.Normal(node, "Long", new string('x', 5000));
        await Eventually.Async(async () =>
            (await EventsAsync("default")).Single(e => e.InvolvedObject.Name == name).Message.Length.ShouldBe(1024));
    }

    private EventRecorder Recorder() => new(cluster.Client, "tests", NullLoggerFactory.Instance);

    private Task<IReadOnlyList<Corev1Event>> EventsAsync(string space) => cluster.Client.ListAsync<Corev1Event>(space);
}

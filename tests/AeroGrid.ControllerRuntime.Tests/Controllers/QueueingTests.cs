using System.Diagnostics;
using AeroGrid.ControllerRuntime.Queues;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.ControllerRuntime.Tests.Controllers;

public sealed class QueueingTests(Cluster cluster)
{
    private readonly Recorder<V1ConfigMap> recorder = new();
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Fifty_events_collapse_into_one_run_without_overlaps()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "busy");
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        recorder.Work = async (_, token) =>
        {
            await gate.Task.WaitAsync(token);
            return ReconcileResult.Done;
        };
        await using var manager = await StartAsync(space, workers: 4);
        await Eventually.True(() => recorder.Runs.Count == 1, "the first run is missing");
        for (var i = 0; i < 50; i++)
            await cluster.ChangeAsync(space, "busy", $"v{i}");
        var informer = manager.Informer<V1ConfigMap>(new() { Namespace = space });
        await Eventually.True(() => informer.Get(space, "busy")!.Data["value"] == "v49", "the events are not in");
        recorder.Runs.Count.ShouldBe(1);
        gate.SetResult();
        await MarkerAsync(space);
        (recorder.Count("busy"), recorder.Overlaps).ShouldBe((2, 0));
    }

    [Fact]
    public async Task One_worker_a_key_at_a_time_and_many_keys_at_once()
    {
        var space = await cluster.NamespaceAsync();
        string[] names = ["a", "b", "c", "d"];
        foreach (var name in names)
            await cluster.WriteAsync(space, name);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        recorder.Work = async (_, token) =>
        {
            if (recorder.MostActive == 4)
                all.TrySetResult();
            await all.Task.WaitAsync(token);
            await Task.Yield();
            return ReconcileResult.Done;
        };
        await using var manager = await StartAsync(space, workers: 4);
        await Task.WhenAll(names.Select(async name =>
        {
            for (var i = 0; i < 30; i++)
                await cluster.ChangeAsync(space, name, $"{i}");
        }));
        await Eventually.True(() => recorder.MostActive == 4, "the workers do not work side by side");
        await Eventually.True(() => names.All(name => recorder.Count(name) > 1), "a change was not reconciled");
        recorder.Overlaps.ShouldBe(0);
    }

    [Fact]
    public async Task A_failing_key_is_retried_with_back_off_and_holds_up_no_other()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "bad");
        await cluster.WriteAsync(space, "good");
        var times = new List<long>();
        recorder.Work = (key, _) =>
        {
            if (key.Name == "good" || recorder.Count("bad") > 6)
                return Task.FromResult(ReconcileResult.Done);
            times.Add(Stopwatch.GetTimestamp());
            throw new IOException("still broken");
        };
        var backoff = new Backoff { Initial = TimeSpan.FromMilliseconds(20), Maximum = TimeSpan.FromMilliseconds(160), Jitter = 0 };
        await using var manager = await StartAsync(space, backoff: backoff);
        await Eventually.True(() => recorder.Count("bad") == 7, "it was given up");
        recorder.Count("good").ShouldBe(1);
        var gaps = times.Zip(times.Skip(1), static (first, second) => Stopwatch.GetElapsedTime(first, second).TotalMilliseconds).ToArray();
        gaps.Length.ShouldBe(5);
        foreach (var (gap, least) in gaps.Zip([20, 40, 80, 160, 160]))
            gap.ShouldBeGreaterThanOrEqualTo(least - 2);
    }

    [Fact]
    public async Task A_failing_key_is_never_given_up_and_its_delay_is_capped()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "bad");
        recorder.Work = static (_, _) => throw new IOException("for ever");
        await using var manager = await StartAsync(space, clock: time);
        await Eventually.True(() => !recorder.Runs.IsEmpty, "the first attempt is missing");
        for (var attempt = 2; attempt <= 40; attempt++)
        {
            // The longest wait is two minutes: so much later there is another attempt, however often it has failed.
            var before = recorder.Runs.Count;
            await Eventually.Async(() =>
            {
                time.Advance(TimeSpan.FromMinutes(2));
                recorder.Runs.Count.ShouldBeGreaterThan(before);
                return Task.CompletedTask;
            });
        }
    }

    [Fact]
    public async Task A_terminal_failure_is_not_retried_until_something_changes()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "wrong");
        recorder.Work = (key, _) => key.Name == "wrong" && recorder.Count("wrong") == 1
            ? throw new TerminalException("a person has to fix it")
            : Task.FromResult(ReconcileResult.Done);
        await using var manager = await StartAsync(space, clock: time);
        await Eventually.True(() => recorder.Count("wrong") == 1, "the first run is missing");
        await MarkerAsync(space);
        time.Advance(TimeSpan.FromHours(1));
        await MarkerAsync(space);
        recorder.Count("wrong").ShouldBe(1);
        await cluster.ChangeAsync(space, "wrong", "fixed");
        await Eventually.True(() => recorder.Count("wrong") == 2, "the change was not reconciled");
    }

    [Fact]
    public async Task A_delayed_requeue_does_not_delay_an_earlier_event()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "later");
        recorder.Work = static (_, _) => Task.FromResult(ReconcileResult.RequeueAfter(TimeSpan.FromHours(1), "Test"));
        await using var manager = await StartAsync(space, clock: time);
        await Eventually.True(() => recorder.Runs.Count == 1, "the first run is missing");
        await cluster.ChangeAsync(space, "later", "now");
        await Eventually.True(() => recorder.Runs.Count == 2, "the event waited for the requeue");
        await Eventually.Async(() =>
        {
            time.Advance(TimeSpan.FromMinutes(10));
            recorder.Runs.Count.ShouldBeGreaterThan(2);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Changes_of_the_status_alone_can_be_left_out()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.Client.CreateAsync(new V1Job
        {
            Metadata = new() { NamespaceProperty = space, Name = "job" },
            Spec = new() { Suspend = true, Template = new() { Spec = new() { RestartPolicy = "Never", Containers = [new() { Name = "main", Image = "x" }] } } },
        });
        await using var manager = new ControllerManager(cluster.Client);
        var jobs = new Recorder<V1Job>();
        manager.AddController("jobs", jobs, controller => controller.For(new() { Namespace = space }).IgnoreStatusChanges());
        await manager.StartAsync();
        await Eventually.True(() => jobs.Runs.Count == 1, "the first run is missing");
        await cluster.Client.MergePatchAsync<V1Job>(new(space, "job"), new { status = new { active = 1 } }, new() { Subresource = "status" });
        await cluster.Client.MergePatchAsync<V1Job>(new(space, "job"), new { spec = new { parallelism = 2 } });
        await Eventually.True(() => jobs.Runs.Count == 2, "the change of the spec is missing");
        await cluster.Client.MergePatchAsync<V1Job>(new(space, "job"), new { metadata = new { labels = new { a = "b" } } });
        await Eventually.True(() => jobs.Runs.Count == 3, "the change of the labels is missing");
    }

    /// <summary>Watches and queue are in order: what came before a later object's run has been looked at.</summary>
    private async Task MarkerAsync(string space)
    {
        var marker = $"marker-{Guid.NewGuid():N}";
        await cluster.WriteAsync(space, marker);
        await Eventually.True(() => recorder.Count(marker) >= 1, "the marker is missing");
    }

    private async Task<ControllerManager> StartAsync(string space, int workers = 1, Backoff? backoff = null, TimeProvider? clock = null)
    {
        var manager = new ControllerManager(cluster.Client, new() { TimeProvider = clock ?? TimeProvider.System });
        manager.AddController("maps", recorder, controller =>
        {
            controller.For(new() { Namespace = space }).Workers(workers);
            if (backoff is not null)
                controller.Backoff(backoff);
        });
        await manager.StartAsync();
        return manager;
    }
}

using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Controllers;

public sealed class LifecycleTests(Cluster cluster)
{
    private readonly Recorder<V1ConfigMap> recorder = new();

    [Fact]
    public async Task No_reconcile_before_every_informer_has_synced()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "a");
        await using var proxy = await cluster.ProxyAsync();
        var secrets = NewSource();
        proxy.Fault = async context =>
        {
            if (context.IsAbout("secrets") && !context.IsWatch())
                await secrets.Task.WaitAsync(context.RequestAborted);
            return false;
        };
        using var client = cluster.Through(proxy);
        await using var manager = new ControllerManager(client);
        manager.AddController("maps", recorder, controller => controller
            .For(new() { Namespace = space })
            .Watches<V1Secret>(static _ => [], new() { Namespace = space }));
        var started = manager.StartAsync();
        var maps = manager.Informer<V1ConfigMap>(new() { Namespace = space });
        await Eventually.True(() => maps.HasSynced, "the first informer is not in");
        (manager.IsReady, started.IsCompleted, recorder.Runs.IsEmpty).ShouldBe((false, false, true));
        secrets.SetResult();
        await started;
        await Eventually.True(() => recorder.Runs.Count == 1, "nothing was reconciled");
    }

    [Fact]
    public async Task Stop_drains_the_workers()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "slow");
        await cluster.WriteAsync(space, "waiting");
        var (begun, go) = (NewSource(), NewSource());
        var finished = false;
        recorder.Work = async (_, token) =>
        {
            begun.TrySetResult();
            await go.Task.WaitAsync(token);
            finished = true;
            return ReconcileResult.Done;
        };
        await using var manager = await StartAsync(space);
        await begun.Task;
        var stop = manager.StopAsync();
        stop.IsCompleted.ShouldBeFalse();
        go.SetResult();
        await stop;
        (finished, recorder.Runs.Count).ShouldBe((true, 1));
    }

    [Fact]
    public async Task A_reconcile_that_does_not_end_is_cancelled_after_the_shutdown_timeout()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "endless");
        var (begun, cancelled) = (NewSource(), NewSource());
        recorder.Work = async (_, token) =>
        {
            begun.TrySetResult();
            await using var registration = token.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return ReconcileResult.Done;
        };
        await using var manager = await StartAsync(space, TimeSpan.FromMilliseconds(100));
        await begun.Task;
        await manager.StopAsync().WaitAsync(Eventually.DefaultTimeout);
        cancelled.Task.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Stopped_before_the_server_ever_answered_it_ends_at_once()
    {
        await using var silent = await FaultProxy.StartAsync();
        using var end = new CancellationTokenSource();
        silent.Fault = context => context.SilenceAsync(end.Token);
        using var client = Clients.Create(silent.Address);
        await using var manager = new ControllerManager(client);
        manager.AddController("maps", recorder);
        using var stop = new CancellationTokenSource();
        var run = manager.RunAsync(stop.Token);
        await Eventually.True(() => silent.Seen.Count > 0, "nothing was asked");
        await stop.CancelAsync();
        await run.WaitAsync(Eventually.DefaultTimeout);
        await end.CancelAsync();
    }

    [Fact]
    public async Task A_manager_runs_once_and_takes_no_controllers_after_that()
    {
        await using var manager = new ControllerManager(cluster.Client);
        await manager.StartAsync();
        await Should.ThrowAsync<InvalidOperationException>(() => manager.RunAsync(CancellationToken.None));
        Should.Throw<InvalidOperationException>(() => manager.AddController("late", recorder)).Message.ShouldContain("late");
    }

    [Fact]
    public async Task Controllers_share_one_watch_of_a_kind()
    {
        var space = await cluster.NamespaceAsync();
        await using var proxy = await cluster.ProxyAsync();
        using var client = cluster.Through(proxy);
        await using var manager = new ControllerManager(client);
        foreach (var name in new[] { "one", "two", "three" })
            manager.AddController(name, new Recorder<V1ConfigMap>(), controller => controller.For(new() { Namespace = space }));
        await manager.StartAsync();
        await Eventually.True(() => proxy.OpenWatches > 0, "there is no watch");
        (proxy.Seen.Count(request => request.IsList), proxy.OpenWatches).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Applying_unchanged_state_writes_nothing()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "source");
        await using var manager = new ControllerManager(cluster.Client);
        recorder.Work = async (key, token) =>
        {
            if (key.Name == "source")
                await ApplyAsync(token);
            return ReconcileResult.Done;
        };
        manager.AddController("maps", recorder, controller => controller
            .For(new() { Namespace = space })
            .Watches<V1Secret>(_ => [new ObjectKey(space, "source")], new() { Namespace = space }));
        await manager.StartAsync();
        var first = await Eventually.Async(async () => (await cluster.Client.GetAsync<V1Secret>(space, "child")).ShouldNotBeNull());

        // The write of the child brings one more run; that writes nothing, so there is no third.
        await Eventually.True(() => recorder.Count("source") >= 2, "the child's event is missing");
        await ApplyAsync(default);
        await cluster.WriteAsync(space, "marker");
        await Eventually.True(() => recorder.Count("marker") == 1, "the marker is missing");
        recorder.Count("source").ShouldBe(2);
        (await cluster.Client.GetAsync<V1Secret>(space, "child"))!.Metadata.ResourceVersion.ShouldBe(first.Metadata.ResourceVersion);

        Task<V1Secret> ApplyAsync(CancellationToken token) => cluster.Client.ApplyAsync(
            new V1Secret
            {
                Metadata = new() { NamespaceProperty = space, Name = "child", Labels = new Dictionary<string, string> { ["a"] = "b" } },
                Type = "Opaque",
            },
            "runtime-tests",
            cancellationToken: token);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<ControllerManager> StartAsync(string space, TimeSpan? shutdown = null)
    {
        var manager = new ControllerManager(cluster.Client, new() { ShutdownTimeout = shutdown ?? TimeSpan.FromSeconds(30) });
        manager.AddController("maps", recorder, controller => controller.For(new() { Namespace = space }));
        await manager.StartAsync();
        return manager;
    }
}

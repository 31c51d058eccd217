using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Leadership;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.ControllerRuntime.Tests.Leadership;

public sealed class LeaderElectionTests(Cluster cluster)
{
    [Fact]
    public async Task Of_two_one_leads_and_the_other_follows_when_it_stops()
    {
        var space = await cluster.NamespaceAsync();
        await using var first = Manager(cluster.Client, space, "first");
        await using var second = Manager(cluster.Client, space, "second");
        await first.StartAsync();
        await Eventually.True(() => first.IsLeader, "nobody leads");
        await second.StartAsync();
        second.IsReady.ShouldBeTrue();
        second.IsLeader.ShouldBeFalse();

        // An orderly stop gives the lease back: the other need not wait for it to run out.
        await first.StopAsync();
        await Eventually.True(() => second.IsLeader, "the other does not follow");
        var lease = (await cluster.Client.GetAsync<V1Lease>(space, "lease"))!;
        (lease.Spec.HolderIdentity, lease.Spec.LeaseTransitions).ShouldBe(("second", 1));
    }

    [Fact]
    public async Task Two_that_start_at_once_never_lead_together()
    {
        for (var round = 0; round < 5; round++)
        {
            var space = await cluster.NamespaceAsync();
            await using var first = Manager(cluster.Client, space, "first");
            await using var second = Manager(cluster.Client, space, "second");
            await Task.WhenAll(first.StartAsync(), second.StartAsync());
            await Eventually.True(() => first.IsLeader || second.IsLeader, "nobody leads");
            (first.IsLeader && second.IsLeader).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Losing_the_lease_to_another_ends_the_run_with_an_error_and_cancels_its_work()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "work");
        var recorder = new Recorder<V1ConfigMap>();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        recorder.Work = async (_, token) =>
        {
            await using var registration = token.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return ReconcileResult.Done;
        };
        await using var manager = Manager(cluster.Client, space, "victim", recorder);
        await manager.StartAsync();
        await Eventually.True(() => recorder.Runs.Count == 1, "it does not work");
        await cluster.Client.MergePatchAsync<V1Lease>(new(space, "lease"), new { spec = new { holderIdentity = "usurper" } });
        var loss = await Should.ThrowAsync<LeadershipLostException>(() => manager.Completion.WaitAsync(Eventually.DefaultTimeout));
        loss.Message.ShouldContain("usurper");
        cancelled.Task.IsCompletedSuccessfully.ShouldBeTrue();
        manager.IsLeader.ShouldBeFalse();
        (await cluster.Client.GetAsync<V1Lease>(space, "lease"))!.Spec.HolderIdentity.ShouldBe("usurper");
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_stops_before_another_may_lead()
    {
        var space = await cluster.NamespaceAsync();
        await using var proxy = await cluster.ProxyAsync();
        using var cutOff = cluster.Through(proxy);
        await using var first = Manager(cutOff, space, "first");
        await using var second = Manager(cluster.Client, space, "second");
        await first.StartAsync();
        await Eventually.True(() => first.IsLeader, "nobody leads");
        await second.StartAsync();

        using var end = new CancellationTokenSource();
        proxy.Fault = context => context.SilenceAsync(end.Token);
        var firstStillLed = true;
        await Eventually.True(
            () =>
            {
                var secondLeads = second.IsLeader;
                firstStillLed = first.IsLeader;
                return secondLeads;
            },
            "the other does not follow");
        firstStillLed.ShouldBeFalse();
        await Should.ThrowAsync<LeadershipLostException>(() => first.Completion.WaitAsync(Eventually.DefaultTimeout));
        await end.CancelAsync();
    }

    [Fact]
    public async Task A_process_that_loses_its_lease_ends_with_a_non_zero_exit_code()
    {
        var space = await cluster.NamespaceAsync();
        using var process = ElectorProcess.Start(cluster, space, "process");
        await process.LeadsAsync();
        await cluster.Client.MergePatchAsync<V1Lease>(new(space, "lease"), new { spec = new { holderIdentity = "usurper" } });
        (await process.ExitAsync()).ShouldNotBe(0);
    }

    [Fact]
    public async Task After_a_kill_another_leads_when_the_lease_has_run_out()
    {
        var space = await cluster.NamespaceAsync();
        using var process = ElectorProcess.Start(cluster, space, "process");
        await process.LeadsAsync();
        await using var heir = Manager(cluster.Client, space, "heir");
        await heir.StartAsync();
        heir.IsLeader.ShouldBeFalse();
        process.Kill();
        await Eventually.True(() => heir.IsLeader, "nobody follows");
    }

    [Fact]
    public async Task A_clock_that_is_hours_off_makes_nobody_take_over_early()
    {
        var space = await cluster.NamespaceAsync();
        await using var leader = Manager(cluster.Client, space, "leader");
        await leader.StartAsync();
        await Eventually.True(() => leader.IsLeader, "nobody leads");

        // A competitor whose clock says that the lease ran out long ago: it measures by its own clock how long nothing changes.
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(5));
        var elector = new LeaderElector(cluster.Client, Options(space, "fast"), NullLogger.Instance, time);
        using var stop = new CancellationTokenSource();
        var acquire = elector.AcquireAsync(stop.Token);
        for (var seen = 0; seen < 3; seen++)
        {
            var before = (await cluster.Client.GetAsync<V1Lease>(space, "lease"))!.Metadata.ResourceVersion;
            await Eventually.Async(async () =>
                (await cluster.Client.GetAsync<V1Lease>(space, "lease"))!.Metadata.ResourceVersion.ShouldNotBe(before));
            time.Advance(TimeSpan.FromMilliseconds(500));
        }

        (acquire.IsCompleted, leader.IsLeader).ShouldBe((false, true));
        await stop.CancelAsync();
        await acquire.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task The_lease_is_one_that_other_clients_understand()
    {
        var space = await cluster.NamespaceAsync();
        await using var manager = Manager(cluster.Client, space, "me");
        await manager.StartAsync();
        await Eventually.True(() => manager.IsLeader, "nobody leads");
        var lease = (await cluster.Client.GetAsync<V1Lease>(space, "lease"))!.Spec;
        (lease.HolderIdentity, lease.LeaseDurationSeconds, lease.LeaseTransitions).ShouldBe(("me", 2, 0));
        lease.RenewTime.ShouldNotBeNull();
        lease.AcquireTime.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(lease.RenewTime.Value);
    }

    [Theory]
    [InlineData(10, 10, 2)]
    [InlineData(15, 10, 9)]
    [InlineData(0.5, 0.4, 0.1)]
    [InlineData(15, 10, 0)]
    public void Times_that_do_not_keep_two_leaders_apart_are_refused(double lease, double renew, double retry)
    {
        var options = new LeaderElectionOptions
        {
            Namespace = "demo",
            Name = "lease",
            LeaseDuration = TimeSpan.FromSeconds(lease),
            RenewDeadline = TimeSpan.FromSeconds(renew),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };
        Should.Throw<InvalidOperationException>(() => new LeaderElector(cluster.Client, options, NullLogger.Instance));
    }

    private static LeaderElectionOptions Options(string space, string identity) => new()
    {
        Namespace = space,
        Name = "lease",
        Identity = identity,
        LeaseDuration = TimeSpan.FromSeconds(2),
        RenewDeadline = TimeSpan.FromSeconds(1.2),
        RetryPeriod = TimeSpan.FromSeconds(0.2),
    };

    private static ControllerManager Manager(ResourceClient client, string space, string identity, Recorder<V1ConfigMap>? recorder = null)
    {
        var manager = new ControllerManager(client, new() { LeaderElection = Options(space, identity) });
        manager.AddController("maps", recorder ?? new(), controller => controller.For(new() { Namespace = space }));
        return manager;
    }
}

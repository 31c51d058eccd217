using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers.ReplicaSets;

public sealed class ReplicaSetTests(WorkloadFixture fixture) : IClassFixture<WorkloadFixture>
{
    [Fact]
    public async Task A_deleted_pod_is_replaced_by_exactly_one()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "set", 3);
        await ReadyAsync(space, "set", 3);
        var victim = (await fixture.PodsAsync(space))[0].Metadata.Name;
        await fixture.KubectlAsync(space, "delete", "pod", victim);
        await Eventually.Async(async () =>
        {
            var pods = await fixture.PodsAsync(space);
            pods.Count.ShouldBe(3);
            pods.ShouldNotContain(pod => pod.Metadata.Name == victim);
        });
    }

    [Fact]
    public async Task Many_sets_at_once_make_no_pod_too_many()
    {
        var space = await fixture.NamespaceAsync();
        var most = 0;
        using var end = new CancellationTokenSource();
        var watch = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
                most = Math.Max(most, (await fixture.PodsAsync(space)).Count);
        });
        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => CreateAsync(space, $"set-{number}", 5)));
        foreach (var number in Enumerable.Range(0, 10))
            await ReadyAsync(space, $"set-{number}", 5);
        await end.CancelAsync();
        await watch;
        most.ShouldBe(50);
    }

    [Fact]
    public async Task A_pod_without_an_owner_that_fits_is_adopted_and_one_that_no_longer_fits_is_released()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.Client.CreateAsync(new V1Pod
        {
            Metadata = new() { NamespaceProperty = space, Name = "stray", Labels = new Dictionary<string, string> { ["app"] = "set" } },
            Spec = new() { Containers = [new() { Name = "main", Image = "ready:1" }] },
        });
        var set = await CreateAsync(space, "set", 2);
        await ReadyAsync(space, "set", 2);
        var pods = await fixture.PodsAsync(space);
        pods.Count.ShouldBe(2);
        var stray = pods.Single(pod => pod.Metadata.Name == "stray");
        stray.Metadata.OwnerReferences.ShouldHaveSingleItem().Uid.ShouldBe(set.Metadata.Uid);

        await fixture.KubectlAsync(space, "label", "pod", "stray", "app=free", "--overwrite");
        await Eventually.Async(async () =>
        {
            var all = await fixture.PodsAsync(space);
            (all.Single(pod => pod.Metadata.Name == "stray").Metadata.OwnerReferences ?? []).ShouldBeEmpty();
            all.Count(pod => pod.Metadata.OwnerReferences is { Count: > 0 }).ShouldBe(2);
        });
    }

    [Fact]
    public async Task A_pod_that_failed_for_good_is_replaced()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "set", 1);
        await ReadyAsync(space, "set", 1);
        var pod = (await fixture.PodsAsync(space)).Single();
        await fixture.Kubelet.EndAsync(pod, 1);
        await Eventually.Async(async () =>
            (await fixture.PodsAsync(space)).Count(other => other.Status?.Phase == "Running" && other.Metadata.Name != pod.Metadata.Name).ShouldBe(1));
    }

    [Fact]
    public async Task Available_counts_only_what_was_ready_long_enough()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "set", 1, minReadySeconds: 2);
        var started = System.Diagnostics.Stopwatch.StartNew();
        await fixture.UntilAsync<V1ReplicaSet>(space, "set", set => set.Status.ShouldNotBeNull().ReadyReplicas.ShouldBe(1));
        (await fixture.Client.GetAsync<V1ReplicaSet>(space, "set"))!.Status.AvailableReplicas.ShouldBe(0);
        await fixture.UntilAsync<V1ReplicaSet>(space, "set", set => set.Status.AvailableReplicas.ShouldBe(1));
        started.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Pods_that_are_not_ready_go_first()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "set", 3);
        await ReadyAsync(space, "set", 3);
        var weak = (await fixture.PodsAsync(space))[1];
        await fixture.Kubelet.SetReadyAsync(weak, ready: false);
        await fixture.UntilAsync<V1ReplicaSet>(space, "set", set => set.Status.ReadyReplicas.ShouldBe(2));
        await fixture.Client.MergePatchAsync<V1ReplicaSet>(new(space, "set"), new { spec = new { replicas = 2 } });
        await Eventually.Async(async () =>
        {
            var pods = await fixture.PodsAsync(space);
            pods.Count.ShouldBe(2);
            pods.ShouldNotContain(pod => pod.Metadata.Name == weak.Metadata.Name);
        });
    }

    [Fact]
    public async Task Orphaned_pods_of_a_deleted_set_stay()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "set", 2);
        await ReadyAsync(space, "set", 2);
        await fixture.Client.DeleteAsync<V1ReplicaSet>(new ObjectKey(space, "set"), new DeleteOptions { Propagation = PropagationPolicy.Orphan });
        await Eventually.Async(async () =>
        {
            (await fixture.SetsAsync(space)).ShouldBeEmpty();
            (await fixture.PodsAsync(space)).ShouldAllBe(pod => (pod.Metadata.OwnerReferences == null || pod.Metadata.OwnerReferences.Count == 0) && pod.Metadata.DeletionTimestamp == null);
        });
        (await fixture.PodsAsync(space)).Count.ShouldBe(2);
    }

    private Task<V1ReplicaSet> CreateAsync(string space, string name, int replicas, int? minReadySeconds = null) =>
        fixture.Client.CreateAsync(new V1ReplicaSet
        {
            Metadata = new() { NamespaceProperty = space, Name = name },
            Spec = new()
            {
                Replicas = replicas,
                MinReadySeconds = minReadySeconds,
                Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = name } },
                Template = new()
                {
                    Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = name } },
                    Spec = new() { Containers = [new() { Name = "main", Image = "ready:1" }] },
                },
            },
        });

    private Task ReadyAsync(string space, string name, int replicas) => fixture.UntilAsync<V1ReplicaSet>(space, name, set =>
        (set.Status?.ReadyReplicas, set.Status?.AvailableReplicas, set.Status?.Replicas).ShouldBe((replicas, replicas, replicas)));
}

using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers.Scheduling;

public sealed class SchedulerTests : IAsyncLifetime
{
    private readonly WorkloadFixture fixture = new();

    public ValueTask InitializeAsync() => fixture.InitializeAsync();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task A_pod_waits_with_a_reason_while_the_node_is_not_ready_and_is_bound_when_it_is()
    {
        await fixture.SetNodeAsync(ready: false);
        await CreateAsync("waits");
        await fixture.UntilAsync<V1Pod>("demo", "waits", pod =>
        {
            var scheduled = pod.Status.Conditions.Single(condition => condition.Type == "PodScheduled");
            (scheduled.Status, scheduled.Reason, scheduled.Message).ShouldBe(
                ("False", "Unschedulable", "0/1 nodes are available: 1 node(s) were not ready."));
        });
        await Eventually.Async(async () =>
            (await fixture.KubectlAsync("demo", "describe", "pod", "waits")).ShouldContain("FailedScheduling"));
        await fixture.SetNodeAsync(ready: true);
        await fixture.UntilAsync<V1Pod>("demo", "waits", pod =>
        {
            pod.Spec.NodeName.ShouldBe("local");
            pod.Status.Conditions.Single(condition => condition.Type == "PodScheduled").Status.ShouldBe("True");
        });
        await Eventually.Async(async () =>
            (await fixture.KubectlAsync("demo", "get", "events")).ShouldContain("Successfully assigned demo/waits to local"));
    }

    [Fact]
    public async Task Without_a_node_the_reason_says_so()
    {
        await fixture.Client.DeleteAsync<V1Node>(new ControllerRuntime.ObjectKey("local"));
        await CreateAsync("nowhere");
        await fixture.UntilAsync<V1Pod>("demo", "nowhere", pod => pod.Status.Conditions
            .Single(condition => condition.Type == "PodScheduled").Message.ShouldBe("no nodes available to schedule pods"));
    }

    [Fact]
    public async Task A_cordoned_node_gets_no_pods_until_it_is_uncordoned()
    {
        await fixture.Server.KubectlOkAsync("cordon", "local");
        await CreateAsync("patient");
        await fixture.UntilAsync<V1Pod>("demo", "patient", pod => pod.Status.Conditions
            .Single(condition => condition.Type == "PodScheduled").Message.ShouldContain("unschedulable"));
        await fixture.Server.KubectlOkAsync("uncordon", "local");
        await fixture.UntilAsync<V1Pod>("demo", "patient", pod => pod.Spec.NodeName.ShouldBe("local"));
    }

    [Fact]
    public async Task Pods_of_another_scheduler_or_behind_a_gate_are_left_alone()
    {
        await CreateAsync("other", spec => spec.SchedulerName = "mine");
        await CreateAsync("gated", spec => spec.SchedulingGates = [new() { Name = "example.org/wait" }]);
        await CreateAsync("picky", spec => spec.NodeSelector = new Dictionary<string, string> { ["disk"] = "fast" });
        await CreateAsync("plain");
        await fixture.UntilAsync<V1Pod>("demo", "plain", pod => pod.Spec.NodeName.ShouldBe("local"));
        await fixture.UntilAsync<V1Pod>("demo", "picky", pod => pod.Status.Conditions
            .Single(condition => condition.Type == "PodScheduled").Message.ShouldContain("didn't match Pod's node affinity/selector"));
        foreach (var name in new[] { "other", "gated" })
            (await fixture.Client.GetAsync<V1Pod>("demo", name))!.Spec.NodeName.ShouldBeNull();
    }

    private Task<V1Pod> CreateAsync(string name, Action<V1PodSpec>? change = null)
    {
        var pod = new V1Pod
        {
            Metadata = new() { NamespaceProperty = "demo", Name = name },
            Spec = new() { Containers = [new() { Name = "main", Image = "ready:1" }] },
        };
        change?.Invoke(pod.Spec);
        return fixture.Client.CreateAsync(pod);
    }
}

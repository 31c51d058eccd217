using AeroGrid.ControllerRuntime;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers.Collection;

public sealed class PodCollectorTests : IAsyncLifetime
{
    private readonly WorkloadFixture fixture = new() { Options = new() { MissingNodeGrace = TimeSpan.FromMilliseconds(300) } };

    public ValueTask InitializeAsync() => fixture.InitializeAsync();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task Pods_of_a_node_that_is_gone_are_removed_and_made_anew_when_there_is_one()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 2, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        var old = (await fixture.PodsAsync(space)).Select(pod => pod.Metadata.Name).ToHashSet();
        await fixture.Client.DeleteAsync<V1Node>(new ObjectKey("local"));
        await Eventually.Async(async () =>
        {
            var pods = await fixture.PodsAsync(space);
            pods.Count.ShouldBe(2);
            pods.ShouldAllBe(pod => !old.Contains(pod.Metadata.Name) && string.IsNullOrEmpty(pod.Spec.NodeName));
        });
        await fixture.SetNodeAsync(ready: true);
        await fixture.RolledOutAsync(space, "web");
    }

    [Fact]
    public async Task A_Job_whose_pod_went_with_the_node_counts_a_failure()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.Client.CreateAsync(new V1Job
        {
            Metadata = new() { NamespaceProperty = space, Name = "job" },
            Spec = new()
            {
                BackoffLimit = 0,
                Template = new() { Spec = new() { RestartPolicy = "Never", Containers = [new() { Name = "main", Image = "ready:1" }] } },
            },
        });
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldHaveSingleItem().Status?.Phase.ShouldBe("Running"));
        await fixture.Client.DeleteAsync<V1Node>(new ObjectKey("local"));
        var job = await fixture.UntilAsync<V1Job>(space, "job", job =>
            (job.Status?.Conditions).ShouldNotBeNull().ShouldContain(condition => condition.Type == "Failed" && condition.Status == "True"));
        job.Status.Failed.ShouldBe(1);
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldBeEmpty());
    }
}

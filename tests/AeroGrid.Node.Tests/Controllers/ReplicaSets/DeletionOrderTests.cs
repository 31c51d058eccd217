using AeroGrid.Node.Controllers.ReplicaSets;

namespace AeroGrid.Node.Tests.Controllers.ReplicaSets;

public sealed class DeletionOrderTests
{
    [Fact]
    public void Pods_that_serve_least_go_first_and_then_the_newest()
    {
        var expected = new[]
        {
            Objects.Pod("unbound", phase: "Pending", ready: false, node: null),
            Objects.Pod("pending", phase: "Pending", ready: false),
            Objects.Pod("not-ready", ready: false),
            Objects.Pod("cheap", annotations: ("controller.kubernetes.io/pod-deletion-cost", "-5")),
            Objects.Pod("just-ready", readyFor: 1),
            Objects.Pod("restarting", restarts: 3),
            Objects.Pod("new", age: 10),
            Objects.Pod("old", age: 1000),
        };
        foreach (var seed in Enumerable.Range(0, 20))
        {
            var shuffled = expected.ToArray();
            new Random(seed).Shuffle(shuffled);
            shuffled.Order(DeletionOrder.Instance).Select(pod => pod.Metadata.Name).ShouldBe(expected.Select(pod => pod.Metadata.Name));
        }
    }
}

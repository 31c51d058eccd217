
namespace AeroGrid.Node.Tests.Kubelet;

public sealed class PodLifecycleTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_pod_becomes_a_process_that_serves_on_its_port()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(Programs.Web("hello")), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "http" } });

        pod = await node.UntilReadyAsync(pod);

        (await NodeFixture.CallAsync(pod)).ShouldBe("hello");
        pod.Status.Phase.ShouldBe("Running");
        pod.Status.PodIP.ShouldBe("127.0.0.1");
        var status = NodeFixture.StatusOf(pod);
        status.State.Running.ShouldNotBeNull();
        (status.Ready, status.Started, status.RestartCount).ShouldBe((true, true, 0));
        (await node.LogTextAsync(pod)).ShouldBe($"listening on {NodeFixture.PortOf(pod)}\n");
    }
}

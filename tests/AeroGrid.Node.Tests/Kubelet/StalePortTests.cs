using AeroGrid.Node.Tests.Network;

using k8s;
using k8s.Models;

namespace AeroGrid.Node.Tests.Kubelet;

/// <summary>A node with few ports, where each must soon be used again.</summary>
public sealed class StalePortTests(NodeFixture fixture)
{
    [Fact]
    public async Task No_pod_gets_a_port_that_an_EndpointSlice_of_another_still_names()
    {
        var first = PortAllocatorTests.FreeRange(2);
        var folder = Directory.CreateTempSubdirectory("aerogrid-stale-").FullName;
        var slice = await fixture.Client.DiscoveryV1.CreateNamespacedEndpointSliceAsync(Slice(first), "default");
        await using (var node = new NodeAgent(fixture.Options with
        {
            DataFolder = Path.Combine(folder, "node"), NodeName = "few-ports", PodPorts = (first, first + 1), PortRest = TimeSpan.FromSeconds(1),
        }))
        {
            await node.StartAsync();
            var image = await fixture.PushAppAsync(Programs.Web("mine"));
            var one = await fixture.CreatePodAsync(image, pod => pod.Spec.NodeName = "few-ports");
            one = await fixture.UntilAsync(one, now => NodeFixture.PortOf(now).ShouldBe(first + 1));

            var two = await fixture.CreatePodAsync(image, pod => pod.Spec.NodeName = "few-ports");
            await fixture.UntilAsync(two, async now => (await fixture.EventsAsync(now)).ShouldContain(
                e => e.Reason == "FailedCreatePodSandBox" && e.Message.Contains("are in use", StringComparison.Ordinal)));

            await fixture.Client.DiscoveryV1.DeleteNamespacedEndpointSliceAsync(slice.Metadata.Name, "default");
            await fixture.UntilAsync(two, now => NodeFixture.PortOf(now).ShouldBe(first));

            foreach (var pod in new[] { one, two })
            {
                await fixture.Client.CoreV1.DeleteNamespacedPodAsync(pod.Metadata.Name, "default");
                await fixture.UntilGoneAsync(pod);
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    private static V1EndpointSlice Slice(int port) => new()
    {
        Metadata = new() { Name = $"stale-{Guid.NewGuid():N}" },
        AddressType = "IPv4",
        Ports = [new() { Name = "http", Port = port, Protocol = "TCP" }],
        Endpoints = [new() { Addresses = ["127.0.0.1"], TargetRef = new() { Kind = "Pod", Name = "gone", Uid = $"{Guid.NewGuid()}" } }],
    };
}

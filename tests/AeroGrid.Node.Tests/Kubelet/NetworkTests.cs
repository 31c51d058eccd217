namespace AeroGrid.Node.Tests.Kubelet;

public sealed class NetworkTests(NodeFixture node)
{
    [Fact]
    public async Task A_pod_reaches_its_own_port_but_neither_other_pods_nor_the_platform()
    {
        Assert.SkipWhen(node.Node.Weaknesses.Any(weakness => weakness.Contains("loopback", StringComparison.Ordinal)), "the machine's ports cannot be closed here");
        var other = await node.CreatePodAsync(await node.PushAppAsync(Programs.Web("other")), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "http" } });
        other = await node.UntilReadyAsync(other);
        var kubelet = (await k8s.CoreV1OperationsExtensions.ReadNodeAsync(node.Client.CoreV1, NodeFixture.NodeName)).Status.DaemonEndpoints.KubeletEndpoint.Port;

        var pod = await node.CreatePodAsync(
            await node.PushAppAsync(
                $$"""
                import os, socket, threading, time
                own = int(os.environ['PORT'])
                server = socket.create_server(('127.0.0.1', own))
                free = socket.create_server(('127.0.0.1', 0))
                def reach(port):
                    for _ in range(100):
                        try:
                            socket.create_connection(('127.0.0.1', port), timeout=2).close()
                            return 'open'
                        except ConnectionRefusedError as e:
                            error = 'refused'
                            if port != own: return error
                            time.sleep(0.05)
                    return error
                for name, port in (('own', own), ('free', free.getsockname()[1]), ('other', {{NodeFixture.PortOf(other)}}), ('api', {{node.Server.Address.Port}}), ('kubelet', {{kubelet}})):
                    print(name, reach(port), flush=True)
                """),
            pod => pod.Spec.RestartPolicy = "Never");
        await node.UntilAsync(pod, now => now.Status.Phase.ShouldBeOneOf("Succeeded", "Failed"));

        (await node.LogTextAsync(pod)).ShouldBe("own open\nfree open\nother refused\napi refused\nkubelet refused\n");
    }

    [Fact]
    public async Task The_kubelet_answers_only_those_who_know_its_token()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("print('private')"));
        await node.UntilAsync(pod, async now => (await node.LogTextAsync(now)).ShouldContain("private"));

        using var response = await node.LogsAsync(pod, token: "guess");

        response.StatusCode.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain("private");
    }
}

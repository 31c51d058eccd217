using AeroGrid.Node.Network;
using AeroGrid.TestKit;

namespace AeroGrid.Node.Tests.Kubelet;

public sealed class NetworkTests(NodeFixture node)
{
    [Fact]
    public async Task A_pod_reaches_its_own_port_but_neither_other_pods_nor_the_platform()
    {
        SkipUnlessClosed();
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
    public async Task A_pod_that_is_first_to_listen_on_the_port_of_another_gets_none_of_its_requests()
    {
        SkipUnlessClosed();
        var victim = await node.CreatePodAsync(await node.PushAppAsync("import time; time.sleep(300)"), pod => pod.Spec.Containers[0].ReadinessProbe = new()
        {
            TcpSocket = new() { Port = "http" }, PeriodSeconds = 1, FailureThreshold = 1,
        });
        victim = await node.UntilAsync(victim, now => NodeFixture.StatusOf(now).State.Running.ShouldNotBeNull());
        var port = NodeFixture.PortOf(victim);

        var thief = await node.CreatePodAsync(await node.PushAppAsync(Programs.Web("stolen").Replace("int(os.environ[\"PORT\"])", $"{port}", StringComparison.Ordinal)));
        await node.UntilAsync(thief, _ => ListeningSocket.All().ShouldContain(socket => socket.Port == port));

        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(2) };
        await Should.ThrowAsync<TaskCanceledException>(() => http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/")));
        NodeFixture.IsReady(await node.GetAsync(victim)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_pod_that_listens_on_very_many_ports_of_others_is_evicted()
    {
        SkipUnlessClosed();
        var first = AeroGrid.Node.Tests.Network.PortAllocatorTests.FreeRange(40);
        var pod = await node.CreatePodAsync(await node.PushAppAsync(
            $"import socket, time\nheld = []\nfor port in range({first}, {first} + 40):\n    try: held.append(socket.create_server(('127.0.0.1', port)))\n    except OSError: pass\ntime.sleep(300)"));

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Failed"));

        pod.Status.Reason.ShouldBe("Evicted");
        pod.Status.Message.ShouldContain("which this node gives to other pods");
    }

    [Fact]
    public async Task A_pod_does_not_reach_the_metadata_service_of_a_cloud()
    {
        SkipUnlessClosed();
        Assert.SkipUnless((await Command.RunAsync("ip", ["route", "get", "169.254.169.254"])).ExitCode == 0, "this machine has no way there");
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync(
                """
                import socket
                for address in ('169.254.169.254', '100.100.100.200', '168.63.129.16'):
                    try:
                        socket.create_connection((address, 80), timeout=3)
                        print('open')
                    except OSError as e:
                        print(type(e).__name__)
                """),
            pod => pod.Spec.RestartPolicy = "Never");
        await node.UntilAsync(pod, now => now.Status.Phase.ShouldBeOneOf("Succeeded", "Failed"));

        (await node.LogTextAsync(pod)).ShouldBe("ConnectionRefusedError\nConnectionRefusedError\nConnectionRefusedError\n");
    }

    [Fact]
    public async Task Nobody_outside_of_the_machine_reaches_a_pod_that_listens_on_all_addresses()
    {
        SkipUnlessClosed();
        Assert.SkipUnless(Tools.Has("ip"), "ip is not installed");
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync(Programs.Web("inside").Replace("127.0.0.1", "0.0.0.0", StringComparison.Ordinal)),
            pod => pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "http" } });
        pod = await node.UntilReadyAsync(pod);

        // Another machine: a network namespace at the other end of a cable.
        var id = Random.Shared.Next(1, 250);
        var (other, here) = ($"agtest{id}", $"198.18.{id}.1");
        Assert.SkipUnless((await Command.RunAsync("ip", ["netns", "add", other])).ExitCode == 0, "network namespaces cannot be made here");
        try
        {
            foreach (var step in new[]
                     {
                         $"link add ag{id}a type veth peer name ag{id}b netns {other}", $"addr add {here}/30 dev ag{id}a", $"link set ag{id}a up",
                         $"-n {other} addr add 198.18.{id}.2/30 dev ag{id}b", $"-n {other} link set ag{id}b up",
                     })
                (await Command.RunAsync("ip", step.Split(' '))).ExitCode.ShouldBe(0, step);
            const string Ask = "import socket, sys\ntry: socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2); print('open')\nexcept OSError as e: print(type(e).__name__)";

            // That the cable works is seen by a server of the test's own.
            using var open = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 0);
            open.Start();
            var reached = await Command.RunAsync("ip", ["netns", "exec", other, "/usr/bin/python3", "-c", Ask, here, $"{((System.Net.IPEndPoint)open.LocalEndpoint).Port}"]);
            reached.Output.ShouldBe("open\n", reached.ToString());

            var result = await Command.RunAsync("ip", ["netns", "exec", other, "/usr/bin/python3", "-c", Ask, here, $"{NodeFixture.PortOf(pod)}"]);
            result.Output.ShouldBe("TimeoutError\n", result.ToString());
            (await NodeFixture.CallAsync(pod)).ShouldBe("inside");
        }
        finally
        {
            await Command.RunAsync("ip", ["netns", "del", other]);
        }
    }

    private void SkipUnlessClosed() =>
        Assert.SkipWhen(node.Node.Weaknesses.Any(weakness => weakness.Contains("loopback", StringComparison.Ordinal)), "the machine's ports cannot be closed here");

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

using AeroGrid.TestKit;

namespace AeroGrid.Node.Tests.Kubelet;

public sealed class ProbeTests(NodeFixture node)
{
    private const string Controlled =
        """
        import http.server, os
        class Handler(http.server.BaseHTTPRequestHandler):
            state = 200
            def do_GET(self):
                if self.path.startswith("/set/"): Handler.state = int(self.path[5:])
                self.send_response(Handler.state if self.path == "/health" else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            def log_message(self, *_): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
        """;

    [Fact]
    public async Task Readiness_follows_the_answer_of_the_program()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(Controlled), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { HttpGet = new() { Port = "http", Path = "/health" }, PeriodSeconds = 1, FailureThreshold = 1 });
        pod = await node.UntilReadyAsync(pod);

        await NodeFixture.CallAsync(pod, "/set/503");
        await node.UntilAsync(pod, now => NodeFixture.IsReady(now).ShouldBeFalse());
        await Eventually.Async(async () => (await node.EventsAsync(pod)).ShouldContain(e => e.Message == "Readiness probe failed: HTTP probe failed with statuscode: 503"));

        await NodeFixture.CallAsync(pod, "/set/200");
        pod = await node.UntilReadyAsync(pod);
        NodeFixture.StatusOf(pod).RestartCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_failed_liveness_probe_starts_the_container_again()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(Controlled), pod =>
        {
            pod.Spec.Containers[0].StartupProbe = new() { TcpSocket = new() { Port = "http" }, FailureThreshold = 30 };
            pod.Spec.Containers[0].LivenessProbe = new() { HttpGet = new() { Port = 8080, Path = "/health" }, PeriodSeconds = 1, FailureThreshold = 2 };
        });
        pod = await node.UntilReadyAsync(pod);

        await NodeFixture.CallAsync(pod, "/set/500");

        await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).RestartCount.ShouldBeGreaterThan(0));
        await Eventually.Async(async () => (await node.EventsAsync(pod)).ShouldContain(e => e.Message == "Container app failed liveness probe, will be restarted"));
    }

    [Fact]
    public async Task A_command_is_a_probe_that_sees_the_files_of_the_program()
    {
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import os, time\nprint('started', flush=True)\nwhile not os.path.exists('/tmp/go'): time.sleep(0.02)\nopen('/tmp/healthy', 'w').close()\ntime.sleep(60)"),
            pod =>
            {
                pod.Spec.Containers[0].ReadinessProbe = new() { Exec = new() { Command = ["cat", "/tmp/healthy"] }, PeriodSeconds = 1, TimeoutSeconds = 10 };
                pod.Spec.Containers[0].Lifecycle = new() { PostStart = new() { Exec = new() { Command = ["sh", "-c", "sleep 1; touch /tmp/go"] } } };
            });
        await node.UntilAsync(pod, async now => (await node.EventsAsync(now)).ShouldContain(e => e.Reason == "Unhealthy" && e.Message.Contains("No such file", StringComparison.Ordinal)));

        await node.UntilReadyAsync(pod);
    }

    [Fact]
    public async Task Nothing_else_is_asked_until_the_startup_probe_has_succeeded()
    {
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import time\ntime.sleep(1.5)\n" + Controlled),
            pod =>
            {
                pod.Spec.Containers[0].StartupProbe = new() { TcpSocket = new() { Port = "http" }, PeriodSeconds = 1, FailureThreshold = 30 };
                pod.Spec.Containers[0].LivenessProbe = new() { TcpSocket = new() { Port = "http" }, PeriodSeconds = 1, FailureThreshold = 1 };
            });
        await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).State.Running.ShouldNotBeNull());
        NodeFixture.StatusOf(await node.GetAsync(pod)).Started.ShouldBe(false);

        pod = await node.UntilReadyAsync(pod);

        NodeFixture.StatusOf(pod).Started.ShouldBe(true);
        NodeFixture.StatusOf(pod).RestartCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_container_whose_startup_probe_fails_for_good_is_started_again()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("import time; time.sleep(60)"), pod =>
            pod.Spec.Containers[0].StartupProbe = new() { TcpSocket = new() { Port = "http" }, PeriodSeconds = 1, FailureThreshold = 1 });

        await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).RestartCount.ShouldBeGreaterThan(0));

        (await node.EventsAsync(pod)).ShouldContain(e => e.Message == "Container app failed startup probe, will be restarted");
    }

    [Fact]
    public async Task A_probe_of_a_port_that_the_container_does_not_have_says_so()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("import time; time.sleep(60)"), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "grpc" } });

        await node.UntilAsync(pod, async now => (await node.EventsAsync(now)).ShouldContain(
            e => e.Message == "Readiness probe failed: a probe names the port \"grpc\", which is none of the container's ports"));
    }
}

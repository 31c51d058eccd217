using System.Diagnostics;

using k8s.Models;

namespace AeroGrid.Node.Tests.Kubelet;

/// <summary>Programs that harm, on purpose or not: the platform and the other pods must not notice.</summary>
public sealed class HostileProgramTests(NodeFixture node)
{
    [Fact]
    public async Task A_fork_bomb_is_bounded()
    {
        await StaysResponsiveDuringAsync(
            "import os, time\nwhile True:\n    try:\n        if os.fork() == 0: continue\n    except OSError:\n        time.sleep(0.1)",
            async pod =>
            {
                pod = await node.UntilAsync(pod, now => now.Status.Conditions.ShouldContain(condition => condition.Type == "node.aerogrid.io/ProcessesWithinLimit"));
                var condition = pod.Status.Conditions.Single(condition => condition.Type == "node.aerogrid.io/ProcessesWithinLimit");
                (condition.Status, condition.Reason, condition.Message).ShouldBe(
                    ("False", "TooManyProcesses", $"the container has reached its limit of {node.Options.MaxProcesses} processes and threads"));
                await node.UntilAsync(pod, async now => (await node.EventsAsync(now)).ShouldContain(e => e.Reason == "TooManyProcesses"));
            });
    }

    [Fact]
    public async Task A_program_that_takes_too_much_memory_is_killed_and_called_OOMKilled()
    {
        Assert.SkipWhen(node.Node.Weaknesses.Any(weakness => weakness.Contains("memory", StringComparison.Ordinal)), "memory cannot be limited here");
        var pod = await node.CreatePodAsync(await node.PushAppAsync("x = []\nwhile True: x.append(bytearray(8 << 20))"), pod =>
        {
            pod.Spec.RestartPolicy = "Never";
            pod.Spec.Containers[0].Resources = new() { Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("64Mi") } };
        });

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Failed"));

        var terminated = NodeFixture.StatusOf(pod).State.Terminated;
        (terminated.Reason, terminated.ExitCode).ShouldBe(("OOMKilled", 137));
    }

    [Fact]
    public async Task A_gigabyte_of_output_fills_neither_disk_nor_memory()
    {
        var before = Process.GetCurrentProcess().WorkingSet64;
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import os\nblock = (b'x' * 99 + b'\\n') * 1000\nfor _ in range(10_000): os.write(1, block)\nos.write(1, b'end\\n')"),
            pod =>
            {
                pod.Spec.RestartPolicy = "Never";
            });
        await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Succeeded", NodeFixture.Describe(now)), TimeSpan.FromSeconds(110));

        var files = Directory.GetFiles(Path.Combine(node.Options.DataFolder, "logs"), "*", SearchOption.AllDirectories)
            .Where(file => file.Contains(pod.Metadata.Uid, StringComparison.Ordinal)).Select(file => new FileInfo(file).Length).ToList();
        files.Count.ShouldBe(node.Options.Logs.MaxFiles);
        files.ShouldAllBe(length => length <= node.Options.Logs.MaxFileBytes);
        (await node.LogTextAsync(pod, "?tailLines=1")).ShouldBe("end\n");
        (Process.GetCurrentProcess().WorkingSet64 - before).ShouldBeLessThan(150 * 1024 * 1024);
    }

    [Fact]
    public async Task A_program_that_never_listens_is_never_ready()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("import time; time.sleep(60)"), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "http" }, PeriodSeconds = 1 });

        await node.UntilAsync(pod, async now => (await node.EventsAsync(now)).ShouldContain(e => e.Reason == "Unhealthy" && e.Message.Contains("Readiness probe failed", StringComparison.Ordinal)));

        pod = await node.GetAsync(pod);
        NodeFixture.IsReady(pod).ShouldBeFalse();
        pod.Status.Phase.ShouldBe("Running");
        NodeFixture.StatusOf(pod).Started.ShouldBe(true);
        var condition = pod.Status.Conditions.Single(condition => condition.Type == "ContainersReady");
        (condition.Status, condition.Reason, condition.Message).ShouldBe(("False", "ContainersNotReady", "containers with unready status: [app]"));
    }

    [Fact]
    public async Task A_program_that_listens_on_a_port_of_its_own_choice_is_never_ready()
    {
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import socket, time\ns = socket.create_server(('127.0.0.1', 0))\nprint('listening', flush=True)\ntime.sleep(60)"),
            pod => pod.Spec.Containers[0].ReadinessProbe = new() { HttpGet = new() { Port = "http", Path = "/" }, PeriodSeconds = 1 });

        pod = await node.UntilAsync(pod, now => now.Status.Conditions.ShouldContain(condition => condition.Type == "node.aerogrid.io/Listening"));

        NodeFixture.IsReady(pod).ShouldBeFalse();
        var condition = pod.Status.Conditions.Single(condition => condition.Type == "node.aerogrid.io/Listening");
        (condition.Status, condition.Reason).ShouldBe(("False", "WrongPort"));
        condition.Message.ShouldMatch($@"^the program listens on port \d+ and not on port {NodeFixture.PortOf(pod)}, which the environment variable PORT names$");
    }

    [Fact]
    public async Task A_busy_program_does_not_slow_the_platform_down()
    {
        await StaysResponsiveDuringAsync(
            "import multiprocessing\ndef work():\n    while True: pass\nprint('go', flush=True)\nfor _ in range(16): multiprocessing.Process(target=work).start()",
            async pod => await node.UntilAsync(pod, async now => (await node.LogTextAsync(now)).ShouldStartWith("go")));
    }

    [Fact]
    public async Task A_program_that_fills_its_disk_is_stopped_at_the_size_of_a_file()
    {
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import os\nf = open('/tmp/big', 'wb')\ntry:\n    f.truncate(1 << 40)\nexcept OSError as e: print(e.strerror, flush=True)"),
            pod => pod.Spec.RestartPolicy = "Never");

        await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Succeeded"));

        (await node.LogTextAsync(pod)).ShouldBe("File too large\n");
    }

    /// <summary>While a program does its worst, another pod starts and answers, and the program can be deleted.</summary>
    private async Task StaysResponsiveDuringAsync(string program, Func<V1Pod, Task> begun)
    {
        var bad = await node.CreatePodAsync(await node.PushAppAsync(program));
        await begun(bad);

        var good = await node.CreatePodAsync(await node.PushAppAsync(Programs.Web("still here")), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "http" } });
        good = await node.UntilReadyAsync(good);
        (await NodeFixture.CallAsync(good)).ShouldBe("still here");

        await node.Server.KubectlOkAsync("delete", "pod", bad.Metadata.Name);
        await node.UntilGoneAsync(bad);
    }
}

using k8s;

using AeroGrid.Node.Sandbox;
using AeroGrid.TestKit;

namespace AeroGrid.Node.Tests.Kubelet;

/// <summary>A node of its own, which the tests stop and start.</summary>
public sealed class NodeRestartTests : IAsyncLifetime
{
    private readonly NodeFixture _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task After_a_stop_nothing_runs_and_after_the_next_start_the_same_pods_serve_again()
    {
        var served = await _node.CreatePodAsync(await _node.PushAppAsync(Programs.Web("again")), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "http" } });
        var done = await _node.CreatePodAsync(await _node.PushAppAsync("pass"), pod => pod.Spec.RestartPolicy = "Never");
        var deleted = await _node.CreatePodAsync(await _node.PushAppAsync("import time; time.sleep(100)"));
        served = await _node.UntilReadyAsync(served);
        await _node.UntilAsync(done, now => now.Status.Phase.ShouldBe("Succeeded"));
        await _node.UntilAsync(deleted, now => NodeFixture.StatusOf(now).State.Running.ShouldNotBeNull());

        await _node.Node.StopAsync();

        await Should.ThrowAsync<HttpRequestException>(() => NodeFixture.CallAsync(served));
        (await _node.GetAsync(served)).Status.Phase.ShouldBe("Running", "a stop of the platform is no news about the pod");
        await _node.Client.CoreV1.DeleteNamespacedPodAsync(deleted.Metadata.Name, "default");

        await _node.StartNodeAsync();

        served = await _node.UntilAsync(served, now =>
        {
            NodeFixture.IsReady(now).ShouldBeTrue();
            NodeFixture.StatusOf(now).RestartCount.ShouldBe(1);
        });
        NodeFixture.StatusOf(served).LastState.Terminated.Reason.ShouldBe("ContainerStatusUnknown");
        (await NodeFixture.CallAsync(served)).ShouldBe("again");
        (await _node.LogTextAsync(served, "?previous=true")).ShouldStartWith("listening on");
        done = await _node.GetAsync(done);
        (done.Status.Phase, NodeFixture.StatusOf(done).RestartCount).ShouldBe(("Succeeded", 0));
        await _node.UntilGoneAsync(deleted);
    }

    [Fact]
    public async Task Processes_that_a_killed_platform_left_are_killed_at_the_next_start()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "there is no /proc");
        await _node.Node.StopAsync();

        // What a killed platform leaves: a sandbox of the same data folder, of which nobody knows.
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(_node.Options.DataFolder)).AsSpan(0, 4));
        var sandbox = await SandboxDetection.DetectAsync(new MachineTools(), _node.Options.DataFolder, id, Sandbox.SandboxFixture.MachineUser, CancellationToken.None);
        var orphan = sandbox.Start(Sandbox.SandboxFixture.Spec(["/bin/sh", "-c", "trap '' TERM; sleep 1000"]));
        (await orphan.RootsAsync()).ShouldNotBeEmpty();
        orphan.Exited.IsCompleted.ShouldBeFalse();

        await _node.StartNodeAsync();

        (await orphan.Exited.WaitAsync(TimeSpan.FromSeconds(5))).ShouldBe(137);
    }

    [Fact]
    public async Task What_a_killed_platform_left_whose_folder_is_gone_is_removed_and_what_belongs_to_a_running_one_is_not()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "this machine has no folder in memory");
        var (dead, alive) = (Leave(), Leave());
        var gone = Directory.CreateTempSubdirectory("aerogrid-gone-").FullName;
        PlatformMark.Set(dead.Folder, gone).Dispose();
        using var mark = PlatformMark.Set(alive.Folder, gone);
        var orphan = await OrphanAsync(dead.Id);
        var other = await OrphanAsync(alive.Id);
        Directory.Delete(gone, recursive: true);
        await _node.Node.StopAsync();

        await _node.StartNodeAsync();

        (await orphan.Exited.WaitAsync(TimeSpan.FromSeconds(5))).ShouldBe(137);
        Directory.Exists(dead.Folder).ShouldBeFalse();
        other.Exited.IsCompleted.ShouldBeFalse();
        Directory.Exists(alive.Folder).ShouldBeTrue();
        other.Kill();
        await other.Exited;
        Directory.Delete(alive.Folder, recursive: true);

        static (string Id, string Folder) Leave()
        {
            var id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
            return (id, Directory.CreateDirectory(PlatformMark.FolderOf(id)!).FullName);
        }

        async Task<SandboxProcess> OrphanAsync(string id)
        {
            var sandbox = await SandboxDetection.DetectAsync(new MachineTools(), _node.Options.DataFolder, id, Sandbox.SandboxFixture.MachineUser, CancellationToken.None);
            return sandbox.Start(Sandbox.SandboxFixture.Spec(["/bin/sh", "-c", "sleep 1000"]));
        }
    }

    [Fact]
    public async Task While_the_API_server_is_away_pods_run_on_and_their_state_is_told_afterwards()
    {
        var pod = await _node.CreatePodAsync(
            await _node.PushAppAsync(Programs.Web("here").Replace("def do_GET(self):", "def do_GET(self):\n        if self.path == '/crash': os._exit(3)", StringComparison.Ordinal)), pod =>
            pod.Spec.Containers[0].ReadinessProbe = new() { TcpSocket = new() { Port = "http" } });
        pod = await _node.UntilReadyAsync(pod);

        await _node.Server.StopAsync();
        await Should.ThrowAsync<HttpRequestException>(() => NodeFixture.CallAsync(pod, "/crash"));
        await Eventually.Async(async () => (await NodeFixture.CallAsync(pod)).ShouldBe("here"));
        await _node.Server.RestartAsync();

        await _node.UntilAsync(pod, now => NodeFixture.StatusOf(now).RestartCount.ShouldBe(1));
        await _node.UntilReadyAsync(pod);
    }
}

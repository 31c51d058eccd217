using k8s;
using k8s.Models;

namespace AeroGrid.Node.Tests.Kubelet;

public sealed class PodLifecycleTests(NodeFixture node)
{
    private static readonly V1Probe Tcp = new() { TcpSocket = new() { Port = "http" }, PeriodSeconds = 1 };

    [Fact]
    public async Task A_pod_becomes_a_process_that_serves_on_its_port()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(Programs.Web("hello")), pod => pod.Spec.Containers[0].ReadinessProbe = Tcp);

        pod = await node.UntilReadyAsync(pod);

        (await NodeFixture.CallAsync(pod)).ShouldBe("hello");
        pod.Status.Phase.ShouldBe("Running");
        pod.Status.PodIP.ShouldBe("127.0.0.1");
        var status = NodeFixture.StatusOf(pod);
        status.State.Running.ShouldNotBeNull();
        (status.Ready, status.Started, status.RestartCount).ShouldBe((true, true, 0));
        (await node.LogTextAsync(pod)).ShouldBe($"listening on {NodeFixture.PortOf(pod)}\n");
        await node.UntilAsync(pod, async now =>
        {
            var reasons = (await node.EventsAsync(now)).Select(e => e.Reason).ToHashSet();
            reasons.IsSupersetOf(["Pulling", "Pulled", "Created", "Started"]).ShouldBeTrue(string.Join(' ', reasons));
        });
    }

    [Fact]
    public async Task Several_pods_of_an_image_run_side_by_side()
    {
        var image = await node.PushAppAsync(Programs.Web("side by side"));
        var pods = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => node.CreatePodAsync(image, pod => pod.Spec.Containers[0].ReadinessProbe = Tcp)));

        pods = await Task.WhenAll(pods.Select(node.UntilReadyAsync));

        pods.Select(NodeFixture.PortOf).Distinct().Count().ShouldBe(3);
        foreach (var pod in pods)
            (await NodeFixture.CallAsync(pod)).ShouldBe("side by side");
    }

    [Fact]
    public async Task A_program_that_ends_at_once_is_in_CrashLoopBackOff_and_says_why()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("print('about to fail')\ndef broken(:\n"));

        pod = await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).State.Waiting.ShouldNotBeNull().Reason.ShouldBe("CrashLoopBackOff"));

        var status = NodeFixture.StatusOf(pod);
        status.RestartCount.ShouldBe(1, "the first restart is immediate, the second waits");
        status.State.Waiting.Message.ShouldStartWith("back-off 10s restarting failed container=app");
        status.LastState.Terminated.ExitCode.ShouldBe(1);
        status.LastState.Terminated.Reason.ShouldBe("Error");
        status.LastState.Terminated.Message.ShouldContain("SyntaxError");
        pod.Status.Phase.ShouldBe("Running");
        (await node.EventsAsync(pod)).ShouldContain(e => e.Reason == "BackOff" && e.Type == "Warning");
        (await node.Server.KubectlOkAsync("get", "pod", pod.Metadata.Name)).ShouldContain("CrashLoopBackOff");
    }

    [Fact]
    public async Task A_program_that_crashes_after_it_was_ready_is_started_again_at_once()
    {
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync(Programs.Web("alive").Replace("def do_GET(self):", "def do_GET(self):\n        if self.path == '/crash': os._exit(3)")),
            pod => pod.Spec.Containers[0].ReadinessProbe = Tcp);
        pod = await node.UntilReadyAsync(pod);
        await Should.ThrowAsync<HttpRequestException>(() => NodeFixture.CallAsync(pod, "/crash"));

        pod = await node.UntilAsync(pod, now =>
        {
            NodeFixture.StatusOf(now).RestartCount.ShouldBe(1);
            NodeFixture.IsReady(now).ShouldBeTrue();
        });

        NodeFixture.StatusOf(pod).LastState.Terminated.ExitCode.ShouldBe(3);
        (await NodeFixture.CallAsync(pod)).ShouldBe("alive");
    }

    [Theory]
    [InlineData("Never", "pass", "Succeeded", "Completed", 0)]
    [InlineData("Never", "raise SystemExit(4)", "Failed", "Error", 4)]
    [InlineData("OnFailure", "pass", "Succeeded", "Completed", 0)]
    [InlineData("Never", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Failed", "Error", 137)]
    public async Task A_pod_that_is_not_started_again_ends_with_its_program(string policy, string program, string phase, string reason, int code)
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(program), pod => pod.Spec.RestartPolicy = policy);

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe(phase));

        var terminated = NodeFixture.StatusOf(pod).State.Terminated;
        (terminated.Reason, terminated.ExitCode).ShouldBe((reason, code));
        terminated.FinishedAt.ShouldNotBeNull();
        NodeFixture.StatusOf(pod).RestartCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_failed_program_is_started_again_until_it_succeeds()
    {
        // /tmp is new in every run; an emptyDir lasts as long as the pod.
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import os, sys\nif os.path.exists('/data/x'): sys.exit(0)\nopen('/data/x', 'w').close()\nsys.exit(1)"),
            pod =>
            {
                pod.Spec.RestartPolicy = "OnFailure";
                pod.Spec.Volumes = [new() { Name = "data", EmptyDir = new() }];
                pod.Spec.Containers[0].VolumeMounts = [new() { Name = "data", MountPath = "/data" }];
            });

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Succeeded"));

        NodeFixture.StatusOf(pod).RestartCount.ShouldBe(1);
    }

    [Fact]
    public async Task Init_containers_run_one_after_the_other_before_the_others()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("print(open('/data/log').read(), end='', flush=True)"), pod =>
        {
            pod.Spec.RestartPolicy = "Never";
            pod.Spec.Volumes = [new() { Name = "data", EmptyDir = new() }];
            pod.Spec.Containers[0].VolumeMounts = [new() { Name = "data", MountPath = "/data" }];
            pod.Spec.InitContainers =
            [
                Init("first", pod.Spec.Containers[0].Image, "sleep 0.3; echo first >> /data/log"),
                Init("second", pod.Spec.Containers[0].Image, "echo second >> /data/log"),
            ];
        });

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Succeeded"));

        (await node.LogTextAsync(pod)).ShouldBe("first\nsecond\n");
        pod.Status.InitContainerStatuses.ShouldAllBe(status => status.Ready && status.State.Terminated.Reason == "Completed");
        pod.Status.Conditions.Single(condition => condition.Type == "Initialized").Status.ShouldBe("True");
    }

    [Fact]
    public async Task A_failed_init_container_keeps_the_others_from_starting()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("pass"), pod =>
        {
            pod.Spec.RestartPolicy = "Never";
            pod.Spec.InitContainers = [Init("prepare", pod.Spec.Containers[0].Image, "echo '{\"requirement\":\"x\"}' > /dev/termination-log; exit 9")];
        });

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Failed"));

        pod.Status.InitContainerStatuses[0].State.Terminated.Message.ShouldBe("{\"requirement\":\"x\"}\n");
        pod.Status.ContainerStatuses[0].State.Waiting.Reason.ShouldBe("PodInitializing");
        (await node.Server.KubectlOkAsync("get", "pod", pod.Metadata.Name)).ShouldContain("Init:Error");
    }

    [Fact]
    public async Task Deleting_a_pod_asks_its_program_to_end()
    {
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import signal, sys, time\ndef stop(*_):\n    print('bye', flush=True); sys.exit(0)\nsignal.signal(signal.SIGTERM, stop)\nprint('ready', flush=True)\ntime.sleep(60)"),
            pod => pod.Spec.TerminationGracePeriodSeconds = 20);
        await node.UntilAsync(pod, async now => (await node.LogTextAsync(now)).ShouldBe("ready\n"));
        var logs = node.LogTextAsync(pod, "?follow=true");

        await node.Server.KubectlOkAsync("delete", "pod", pod.Metadata.Name, "--wait=false");

        (await logs).ShouldBe("ready\nbye\n");
        await node.UntilGoneAsync(pod);
        (await node.EventsAsync(pod)).ShouldContain(e => e.Reason == "Killing");
    }

    [Fact]
    public async Task A_program_that_ignores_the_request_is_killed_after_the_grace_period()
    {
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)"),
            pod => pod.Spec.TerminationGracePeriodSeconds = 1);
        await node.UntilAsync(pod, async now => (await node.LogTextAsync(now)).ShouldBe("ready\n"));

        await node.Server.KubectlOkAsync("delete", "pod", pod.Metadata.Name);

        await node.UntilGoneAsync(pod);
    }

    [Fact]
    public async Task A_pod_is_ended_at_its_deadline()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("import time; time.sleep(60)"), pod => pod.Spec.ActiveDeadlineSeconds = 2);

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Failed"));

        (pod.Status.Reason, pod.Status.Message).ShouldBe(("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"));
    }

    [Fact]
    public async Task A_pod_is_not_ready_before_its_readiness_gate_and_the_condition_of_another_program_is_kept()
    {
        const string Gate = "example.com/registered";
        var pod = await node.CreatePodAsync(await node.PushAppAsync(Programs.Web("gated")), pod =>
        {
            pod.Spec.ReadinessGates = [new() { ConditionType = Gate }];
            pod.Spec.Containers[0].ReadinessProbe = Tcp;
        });
        pod = await node.UntilAsync(pod, now => now.Status.Conditions.ShouldContain(condition => condition.Type == "ContainersReady" && condition.Status == "True"));
        NodeFixture.IsReady(pod).ShouldBeFalse();
        pod.Status.Conditions.Single(condition => condition.Type == "Ready").Reason.ShouldBe("ReadinessGatesNotReady");

        pod.Status.Conditions.Add(new() { Type = Gate, Status = "True" });
        await node.Client.CoreV1.ReplaceNamespacedPodStatusAsync(pod, pod.Metadata.Name, "default");

        pod = await node.UntilReadyAsync(pod);
        pod.Status.Conditions.ShouldContain(condition => condition.Type == Gate && condition.Status == "True");
    }

    [Fact]
    public async Task A_sidecar_is_refused_instead_of_waited_for()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("pass"), pod =>
            pod.Spec.InitContainers = [new() { Name = "proxy", Image = pod.Spec.Containers[0].Image, RestartPolicy = "Always" }]);

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Failed"));

        (pod.Status.Reason, pod.Status.Message).ShouldBe(
            ("SidecarsNotSupported", "initContainers \"proxy\": this node runs no sidecars (restartPolicy Always): make it one of the containers"));
    }

    [Fact]
    public async Task Before_the_end_the_preStop_hook_runs_inside_the_container()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(
            "import os, time\nprint('ready', flush=True)\nwhile not os.path.exists('/tmp/stopping'): time.sleep(0.02)\nprint('stopping', flush=True)\ntime.sleep(60)"),
            pod => pod.Spec.Containers[0].Lifecycle = new() { PreStop = new() { Exec = new() { Command = ["/bin/sh", "-c", "touch /tmp/stopping; sleep 0.5"] } } });
        await node.UntilAsync(pod, async now => (await node.LogTextAsync(now)).ShouldBe("ready\n"));
        var logs = node.LogTextAsync(pod, "?follow=true");

        await node.Server.KubectlOkAsync("delete", "pod", pod.Metadata.Name, "--wait=false");

        (await logs).ShouldBe("ready\nstopping\n");
        await node.UntilGoneAsync(pod);
    }

    [Fact]
    public async Task A_pod_deleted_by_force_is_gone_with_its_processes()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(Programs.Web("x")), pod => pod.Spec.Containers[0].ReadinessProbe = Tcp);
        pod = await node.UntilReadyAsync(pod);

        await node.Server.KubectlOkAsync("delete", "pod", pod.Metadata.Name, "--grace-period=0", "--force");

        await AeroGrid.TestKit.Eventually.Async(() => Should.ThrowAsync<HttpRequestException>(() => NodeFixture.CallAsync(pod)));
    }

    [Fact]
    public async Task An_image_that_does_not_exist_is_said_in_the_status_and_tried_again()
    {
        var pod = await node.CreatePodAsync($"{NodeFixture.RegistryName}/demo/nothing:1");

        pod = await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).State.Waiting.ShouldNotBeNull(NodeFixture.Describe(now)).Reason.ShouldBe("ErrImagePull", NodeFixture.Describe(now)));
        NodeFixture.StatusOf(pod).State.Waiting.Message.ShouldContain("nothing");
        pod = await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).State.Waiting.ShouldNotBeNull(NodeFixture.Describe(now)).Reason.ShouldBe("ImagePullBackOff"));

        pod.Status.Phase.ShouldBe("Pending");
        (await node.EventsAsync(pod)).ShouldContain(e => e.Reason == "Failed" && e.Message.StartsWith("Failed to pull image", StringComparison.Ordinal));
        await node.Server.KubectlOkAsync("delete", "pod", pod.Metadata.Name);
    }

    [Fact]
    public async Task A_missing_ConfigMap_is_said_in_the_status_and_waited_for()
    {
        var name = $"late-{Guid.NewGuid():N}";
        var pod = await node.CreatePodAsync(await node.PushAppAsync("import os; print(os.environ['WORD'])"), pod =>
        {
            pod.Spec.RestartPolicy = "Never";
            pod.Spec.Containers[0].Env = [new() { Name = "WORD", ValueFrom = new() { ConfigMapKeyRef = new() { Name = name, Key = "word" } } }];
        });
        pod = await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).State.Waiting.ShouldNotBeNull(NodeFixture.Describe(now)).Reason.ShouldBe("CreateContainerConfigError"));
        NodeFixture.StatusOf(pod).State.Waiting.Message.ShouldBe($"configmap \"{name}\" not found");

        await node.Client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap { Metadata = new() { Name = name }, Data = new Dictionary<string, string> { ["word"] = "found" } }, "default");

        await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Succeeded"));
        (await node.LogTextAsync(pod)).ShouldBe("found\n");
    }

    private static V1Container Init(string name, string image, string script) => new()
    {
        Name = name,
        Image = image,
        Command = ["/bin/sh", "-c", script],
        VolumeMounts = name == "prepare" ? null : [new() { Name = "data", MountPath = "/data" }],
    };
}

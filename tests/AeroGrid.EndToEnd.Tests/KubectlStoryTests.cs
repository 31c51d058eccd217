using System.Net;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>What people do with kubectl, on the real node: processes, not a scripted kubelet.</summary>
[Collection("platform")]
public sealed class KubectlStoryTests(PlatformFixture fixture)
{
    private const string Serve =
        "import http.server, os; print('on', os.environ['PORT'], os.environ.get('WORD'), flush=True); http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler).serve_forever()";

    private readonly RunningPlatform _platform = fixture.Platform;
    private string _image = "";

    [Fact]
    public async Task A_Deployment_is_rolled_out_scaled_changed_undone_restarted_and_deleted_with_its_pods()
    {
        await ApplyDeploymentAsync("story", Serve, replicas: 3, probe: true);
        (await OkAsync("rollout", "status", "deployment/story", "--timeout=60s")).ShouldContain("successfully rolled out");
        foreach (var line in (await OkAsync("get", "pods", "-l", "app=story", "--no-headers")).Trim().Split('\n'))
            line.ShouldMatch(@"^story-\S+ +1/1 +Running +0 +\d+s$");

        // Three replicas side by side, each with a port of its own.
        (await OkAsync("logs", "-l", "app=story", "--tail=-1")).Trim().Split('\n').Distinct().Count().ShouldBe(3);

        await OkAsync("scale", "deployment/story", "--replicas=1");
        await Eventually.Async(async () => (await OkAsync("get", "pods", "-l", "app=story", "-o", "name")).Trim().Split('\n').Length.ShouldBe(1));
        await OkAsync("set", "env", "deployment/story", "WORD=second");
        await OkAsync("rollout", "status", "deployment/story", "--timeout=60s");
        (await OkAsync("logs", "deployment/story")).ShouldEndWith(" second\n");
        await OkAsync("rollout", "undo", "deployment/story");
        await OkAsync("rollout", "status", "deployment/story", "--timeout=60s");
        (await OkAsync("logs", "deployment/story")).ShouldEndWith(" None\n");
        var before = await OkAsync("get", "pods", "-l", "app=story", "-o", "name");
        await OkAsync("rollout", "restart", "deployment/story");
        await OkAsync("rollout", "status", "deployment/story", "--timeout=60s");
        (await OkAsync("get", "pods", "-l", "app=story", "-o", "name")).ShouldNotBe(before);

        await OkAsync("delete", "deployment", "story");
        await OkAsync("wait", "--for=delete", "pods", "-l", "app=story", "--timeout=30s");
        (await OkAsync("get", "replicasets,pods", "-l", "app=story", "-o", "name")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pod_that_crashes_shows_its_back_off_its_events_and_the_log_of_the_run_before()
    {
        await ApplyDeploymentAsync("crasher", "import os, sys; print('run', flush=True); sys.exit(3)", replicas: 1, probe: false);

        var line = await Eventually.Async(async () =>
        {
            var now = await OkAsync("get", "pods", "-l", "app=crasher", "--no-headers");
            now.ShouldMatch(@"^crasher-\S+ +0/1 +CrashLoopBackOff +1 \(\d+s ago\) +\d+s\s*$");
            return now;
        });
        var pod = line.Split(' ')[0];

        (await OkAsync("logs", pod, "--previous")).ShouldBe("run\n");
        var described = await Eventually.Async(async () =>
        {
            var now = await OkAsync("describe", "pod", pod);
            now.ShouldContain("BackOff");
            return now;
        });
        foreach (var reason in new[] { "Scheduled", "Pulled", "Created", "Started", "Exit Code:    3", "Reason:       CrashLoopBackOff" })
            described.ShouldContain(reason);
        await OkAsync("delete", "deployment", "crasher");
    }

    [Fact]
    public async Task A_deleted_pod_is_replaced_without_a_failed_request()
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("always")), "twins");
        await OkAsync("patch", "app", "twins", "--type=merge", "-p", """{"spec":{"replicas":2}}""");
        await Eventually.Async(async () => (await OkAsync("get", "app", "twins", "-o", "jsonpath={.status.readyReplicas}")).ShouldBe("2"));
        var token = await _platform.TokenAsync();
        using var over = new CancellationTokenSource();
        var requests = Task.Run(async () =>
        {
            var (good, bad) = (0, new List<string>());
            while (!over.IsCancellationRequested)
            {
                var (status, body, _) = await _platform.GetAsync("/apps/demo/twins/", token);
                if (status == HttpStatusCode.OK)
                    good++;
                else
                    bad.Add($"{status}: {body}");
            }

            return (good, bad);
        });

        var pod = (await OkAsync("get", "pods", "-l", "app.kubernetes.io/instance=twins", "-o", "name")).Split('\n')[0];
        await OkAsync("delete", pod);
        await Eventually.Async(async () => (await OkAsync("get", "app", "twins", "-o", "jsonpath={.status.readyReplicas}")).ShouldBe("2"));
        await over.CancelAsync();

        var (good, bad) = await requests;
        bad.ShouldBeEmpty();
        good.ShouldBeGreaterThan(20);
        (await OkAsync("get", "pods", "-l", "app.kubernetes.io/instance=twins", "-o", "name")).ShouldNotContain(pod);
        await _platform.CliAsync("delete", "twins");
    }

    [Fact]
    public async Task Jobs_complete_give_up_end_at_their_deadline_and_are_removed()
    {
        await ApplyJobAsync("counts", "print('done')", """ "ttlSecondsAfterFinished": 60 """);
        await OkAsync("wait", "--for=condition=complete", "job/counts", "--timeout=60s");
        (await OkAsync("logs", "job/counts")).ShouldBe("done\n");
        (await OkAsync("get", "job", "counts", "--no-headers")).ShouldMatch(@"^counts +Complete +1/1 ");

        await ApplyJobAsync("fails", "raise SystemExit(1)", """ "backoffLimit": 0 """);
        await OkAsync("wait", "--for=condition=failed", "job/fails", "--timeout=60s");
        (await OkAsync("get", "job", "fails", "-o", "jsonpath={.status.conditions[?(@.type=='Failed')].reason}")).ShouldBe("BackoffLimitExceeded");

        await ApplyJobAsync("slow", "import time; time.sleep(300)", """ "activeDeadlineSeconds": 2 """);
        await OkAsync("wait", "--for=condition=failed", "job/slow", "--timeout=60s");
        (await OkAsync("get", "job", "slow", "-o", "jsonpath={.status.conditions[?(@.type=='Failed')].reason}")).ShouldBe("DeadlineExceeded");

        await ApplyJobAsync("fleeting", "pass", """ "ttlSecondsAfterFinished": 1 """);
        await OkAsync("wait", "--for=delete", "job/fleeting", "--timeout=30s");
        await OkAsync("delete", "job", "counts", "fails", "slow");
        await Eventually.Async(async () => (await OkAsync("get", "pods", "-l", "job-name in (counts, fails, slow, fleeting)", "-o", "name")).ShouldBeEmpty());
    }

    [Theory]
    [InlineData("exec and cp are not supported on one machine", "exec", "POD", "--", "ls")]
    [InlineData("port-forward is not supported on one machine", "port-forward", "POD", ":8080")]
    [InlineData("attach is not supported on one machine", "attach", "POD")]
    [InlineData("exec and cp are not supported on one machine", "cp", "POD:/etc/hosts", "/tmp/never")]
    public async Task What_is_not_supported_says_so_and_what_to_do_instead(string message, params string[] command)
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("plain")), "plain");
        var pod = (await OkAsync("get", "pods", "-l", "app.kubernetes.io/instance=plain", "-o", "jsonpath={.items[0].metadata.name}")).Trim();

        var result = await _platform.KubectlAsync([.. command.Select(word => word.Replace("POD", pod, StringComparison.Ordinal))]);

        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain(message);
    }

    private async Task ApplyDeploymentAsync(string name, string program, int replicas, bool probe) => await ApplyAsync(
        name,
        $$"""
        { "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "{{name}}", "namespace": "demo", "labels": { "app": "{{name}}" } },
          "spec": { "replicas": {{replicas}}, "selector": { "matchLabels": { "app": "{{name}}" } },
            "template": { "metadata": { "labels": { "app": "{{name}}" } }, "spec": { "terminationGracePeriodSeconds": 1, "containers": [ {{await ContainerAsync(program, probe)}} ] } } } }
        """);

    private async Task ApplyJobAsync(string name, string program, string more) => await ApplyAsync(
        name,
        $$"""
        { "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "{{name}}", "namespace": "demo" },
          "spec": { {{more}}, "template": { "spec": { "terminationGracePeriodSeconds": 1, "restartPolicy": "Never", "containers": [ {{await ContainerAsync(program, probe: false)}} ] } } } }
        """);

    private async Task<string> ContainerAsync(string program, bool probe)
    {
        if (_image.Length == 0)
        {
            await _platform.DeployAsync(Stories.Folder(Stories.WebApp("plain")), "plain");
            _image = (await OkAsync("get", "app", "plain", "-o", "jsonpath={.status.image}")).Trim();
        }

        var readiness = probe ? """, "readinessProbe": { "tcpSocket": { "port": "http" }, "periodSeconds": 1 }""" : "";
        return $$"""
            { "name": "main", "image": "{{_image}}", "command": ["/usr/bin/python3", "-c", {{System.Text.Json.JsonSerializer.Serialize(program)}}], "ports": [{ "name": "http", "containerPort": 8080 }],
              "resources": { "requests": { "cpu": "10m", "memory": "16Mi" }, "limits": { "memory": "64Mi" } } {{readiness}} }
            """;
    }

    private async Task ApplyAsync(string name, string manifest)
    {
        var file = Path.Combine(_platform.DataFolder, $"story-{name}.json");
        await File.WriteAllTextAsync(file, manifest, TestContext.Current.CancellationToken);
        await OkAsync("apply", "-f", file);
    }

    private async Task<string> OkAsync(params string[] arguments)
    {
        var result = await _platform.KubectlAsync(["-n", "demo", .. arguments]);
        result.ExitCode.ShouldBe(0, $"kubectl {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }
}

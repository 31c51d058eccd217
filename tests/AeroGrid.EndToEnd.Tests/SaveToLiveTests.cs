using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>The stories of the README: from a folder with Python to a running, secured app, and on to its next versions.</summary>
[Collection("platform")]
public sealed class SaveToLiveTests(PlatformFixture fixture)
{
    private readonly RunningPlatform _platform = fixture.Platform;

    [Fact]
    public async Task A_deployed_sample_answers_with_a_token()
    {
        var result = await _platform.CliAsync("deploy", Path.Combine(Tools.RepositoryRoot, "samples/hello"), "--wait");

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain($"http://localhost:{_platform.AppsPort}/apps/demo/hello/");
        var (status, body, _) = await _platform.GetAsync("/apps/demo/hello/", await _platform.TokenAsync());
        status.ShouldBe(HttpStatusCode.OK, body);
        body.ShouldContain("Hello");
    }

    [Fact]
    public async Task An_edited_app_answers_anew_after_the_next_deploy()
    {
        var token = await _platform.TokenAsync();
        var folder = Stories.Folder(Stories.WebApp("first"));
        await _platform.DeployAsync(folder, "edited");
        (await _platform.GetAsync("/apps/demo/edited/", token)).Body.ShouldBe("first");

        File.WriteAllText(Path.Combine(folder, "app.py"), Stories.WebApp("second"));
        await _platform.DeployAsync(folder, "edited");

        (await _platform.GetAsync("/apps/demo/edited/", token)).Body.ShouldBe("second");
        var app = await AppAsync("edited");
        app["status"]!["phase"]!.GetValue<string>().ShouldBe("Running");
        app["status"]!["revision"]!.GetValue<long>().ShouldBe(2);
    }

    [Fact]
    public async Task A_broken_version_is_refused_with_its_reason_and_the_old_one_goes_on_serving()
    {
        var token = await _platform.TokenAsync();
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("still here")), "breaks");

        var result = await _platform.CliAsync("deploy", Path.Combine(Tools.RepositoryRoot, "samples/broken"), "--name", "breaks", "--wait");

        result.ExitCode.ShouldBe(1, result.ToString());
        (result.Output + result.Error).ShouldContain("SyntaxError");
        (await _platform.GetAsync("/apps/demo/breaks/", token)).Body.ShouldBe("still here");
        (await AppAsync("breaks"))["status"]!["phase"]!.GetValue<string>().ShouldBe("Failed");

        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("mended")), "breaks");
        (await _platform.GetAsync("/apps/demo/breaks/", token)).Body.ShouldBe("mended");
    }

    [Fact]
    public async Task Rollback_serves_the_files_of_an_earlier_revision()
    {
        var token = await _platform.TokenAsync();
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("one")), "rolls");
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("two")), "rolls");

        var result = await _platform.CliAsync("rollback", "rolls", "--to", "1");

        result.ExitCode.ShouldBe(0, result.ToString());
        await _platform.AnswersAsync("/apps/demo/rolls/", "one", token);
    }

    [Fact]
    public async Task A_stopped_app_answers_503_until_it_is_started_again()
    {
        var token = await _platform.TokenAsync();
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("awake")), "sleeper");

        (await _platform.CliAsync("stop", "sleeper")).ExitCode.ShouldBe(0);
        await Eventually.Async(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/apps/demo/sleeper/");
            request.Headers.Authorization = new("Bearer", token);
            using var response = await _platform.Http.SendAsync(request);
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            response.Headers.RetryAfter.ShouldNotBeNull();
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        });

        (await _platform.CliAsync("start", "sleeper")).ExitCode.ShouldBe(0);
        await _platform.AnswersAsync("/apps/demo/sleeper/", "awake", token);
    }

    [Fact]
    public async Task A_deleted_app_is_gone_with_its_processes()
    {
        var token = await _platform.TokenAsync();
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("short life")), "goes");

        var result = await _platform.CliAsync("delete", "goes");

        result.ExitCode.ShouldBe(0, result.ToString());
        await Eventually.Async(async () =>
        {
            (await _platform.GetAsync("/apps/demo/goes/", token)).Status.ShouldBe(HttpStatusCode.NotFound);
            var pods = await _platform.KubectlAsync("get", "pods,deployments,services,configmaps", "-n", "demo", "-l", "app.kubernetes.io/instance=goes", "-o", "name");
            pods.ExitCode.ShouldBe(0, pods.ToString());
            pods.Output.ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Logs_show_what_the_app_printed()
    {
        var folder = Stories.Folder("print('the app says good morning', flush=True)\n" + Stories.WebApp("logged"));
        await _platform.DeployAsync(folder, "talks");

        var result = await _platform.CliAsync("logs", "talks");

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain("the app says good morning");
    }

    [Fact]
    public async Task Kubectl_apply_of_an_App_does_the_same_as_deploy()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        var manifest = Path.Combine(_platform.DataFolder, "by-kubectl.json");
        await File.WriteAllTextAsync(manifest, new JsonObject
        {
            ["apiVersion"] = "aerogrid.io/v1alpha1",
            ["kind"] = "App",
            ["metadata"] = new JsonObject { ["name"] = "by-kubectl", ["namespace"] = "demo" },
            ["spec"] = new JsonObject
            {
                ["runtime"] = "python-web",
                ["files"] = new JsonArray(new JsonObject { ["path"] = "app.py", ["content"] = Stories.WebApp("by kubectl") }),
            },
        }.ToJsonString(), TestContext.Current.CancellationToken);

        var apply = await _platform.KubectlAsync("apply", "-f", manifest);
        apply.ExitCode.ShouldBe(0, apply.ToString());
        var wait = await _platform.KubectlAsync("wait", "-n", "demo", "app/by-kubectl", "--for=condition=Ready", "--timeout=60s");
        wait.ExitCode.ShouldBe(0, wait.ToString());

        (await _platform.GetAsync("/apps/demo/by-kubectl/", await _platform.TokenAsync())).Body.ShouldBe("by kubectl");
        var table = await _platform.KubectlAsync("get", "apps", "-A");
        table.ExitCode.ShouldBe(0, table.ToString());
        table.Output.ShouldMatch(@"NAMESPACE +NAME +PHASE +REVISION +READY +URL +AGE");
        table.Output.ShouldMatch(@"demo +by-kubectl +Running +1 ");
        var rollout = await _platform.KubectlAsync("rollout", "status", "-n", "demo", "deployment/by-kubectl", "--timeout=30s");
        rollout.ExitCode.ShouldBe(0, rollout.ToString());
    }

    private async Task<JsonNode> AppAsync(string name)
    {
        var result = await _platform.CliAsync("apps", "-o", "json");
        result.ExitCode.ShouldBe(0, result.ToString());
        return JsonNode.Parse(result.Output)!["items"]!.AsArray().Single(a => a!["metadata"]!["name"]!.GetValue<string>() == name)!;
    }
}

using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>Who may call an app, and what everybody else is told.</summary>
[Collection("platform")]
public sealed class AccessTests(PlatformFixture fixture)
{
    private readonly RunningPlatform _platform = fixture.Platform;

    [Fact]
    public async Task Without_a_token_it_is_401_and_for_an_unknown_app_404_each_as_problem_json()
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("private")), "private");

        await ShouldBeProblemAsync("/apps/demo/private/", null, HttpStatusCode.Unauthorized);
        await ShouldBeProblemAsync("/apps/demo/private/", "garbage", HttpStatusCode.Unauthorized);
        await ShouldBeProblemAsync("/apps/demo/no-such-app/", await _platform.TokenAsync(), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_token_of_another_tenant_is_403()
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("private")), "closed");
        var tenant = Path.Combine(_platform.DataFolder, "other-tenant.json");
        await File.WriteAllTextAsync(
            tenant,
            """{"apiVersion":"aerogrid.io/v1alpha1","kind":"Tenant","metadata":{"name":"other"},"spec":{"displayName":"Another tenant"}}""",
            TestContext.Current.CancellationToken);
        (await _platform.KubectlAsync("apply", "-f", tenant)).ExitCode.ShouldBe(0);
        (await _platform.KubectlAsync("wait", "tenant/other", "--for=condition=Ready", "--timeout=30s")).ExitCode.ShouldBe(0);
        var deployed = await _platform.CliAsync("deploy", Stories.Folder(Stories.WebApp("theirs")), "--name", "theirs", "--tenant", "other", "--wait");
        deployed.ExitCode.ShouldBe(0, deployed.ToString());

        await ShouldBeProblemAsync("/apps/other/theirs/", await _platform.TokenAsync(), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Metrics_and_the_api_answer_nobody_without_a_credential_and_an_apps_token_does_not_open_them()
    {
        using var api = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://localhost:{_platform.Port}") };
        foreach (var path in new[] { "/metrics", "/api/v1/namespaces/demo/pods", "/apis/aerogrid.io/v1alpha1/namespaces/demo/apps" })
        {
            (await api.GetAsync(path)).StatusCode.ShouldBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden);
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new("Bearer", await _platform.TokenAsync());
            (await api.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        var metrics = await _platform.KubectlAsync("get", "--raw", "/metrics");
        metrics.ExitCode.ShouldBe(0, metrics.ToString());
        metrics.Output.ShouldContain("# TYPE");
    }

    [Fact]
    public async Task A_browser_at_the_consoles_address_is_told_how_to_go_on()
    {
        using var api = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://localhost:{_platform.Port}") };
        using var response = await api.GetAsync("/");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'");
        (await response.Content.ReadAsStringAsync()).ShouldContain("aerogrid deploy samples/hello");
    }

    private async Task ShouldBeProblemAsync(string path, string? token, HttpStatusCode expected)
    {
        var (status, body, contentType) = await _platform.GetAsync(path, token);
        status.ShouldBe(expected, body);
        contentType.ShouldBe("application/problem+json");
        var problem = JsonNode.Parse(body)!;
        problem["status"]!.GetValue<int>().ShouldBe((int)expected);
        problem["title"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
        problem["detail"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
    }
}

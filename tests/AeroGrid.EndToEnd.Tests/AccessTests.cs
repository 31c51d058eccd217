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

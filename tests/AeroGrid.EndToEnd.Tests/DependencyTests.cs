using System.Net;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>Apps with packages: installed once, named when they cannot be.</summary>
public sealed class DependencyTests : IAsyncLifetime
{
    private readonly PackageIndex _index = new();
    private RunningPlatform _platform = null!;

    public async ValueTask InitializeAsync()
    {
        _index.Add("humanize", "4.9", "def intcomma(value):\n    return f'{value:,}'\n");
        _platform = await RunningPlatform.StartAsync(new() { ["PIP_INDEX_URL"] = _index.Url.ToString() });
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _index.Dispose();
    }

    [Fact]
    public async Task The_sample_with_requirements_serves_with_its_package()
    {
        var folder = Path.Combine(Tools.RepositoryRoot, "samples/requirements");

        var result = await _platform.CliAsync("deploy", folder, "--wait");

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain("dependencies");
        var (status, body, _) = await _platform.GetAsync("/apps/demo/requirements/", await _platform.TokenAsync());
        status.ShouldBe(HttpStatusCode.OK, body);
        body.ShouldContain("this is request 1");

        // Equal requirements share what was installed: no second build.
        (await _platform.CliAsync("deploy", folder, "--name", "twin", "--wait")).ExitCode.ShouldBe(0);
        var jobs = await _platform.KubectlAsync("get", "jobs", "-n", "aerogrid-builds", "-o", "name");
        jobs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1, jobs.ToString());
    }

    [Theory]
    [InlineData("# first\nno-such-package==1.0\n", "no-such-package==1.0", "line 2")]
    [InlineData("https://example.com/x.whl\n", "https://example.com/x.whl", "line 1")]
    [InlineData("--index-url http://example.com/simple\nhumanize\n", "--index-url", "line 1")]
    [InlineData("humanize==4.9\nhumanize==5.0\n", "humanize", "line")]
    public async Task A_requirement_that_cannot_be_installed_is_named_as_typed_with_its_line(string requirements, string named, string line)
    {
        var folder = Stories.Folder(Stories.WebApp("never"), requirements);

        var result = await _platform.CliAsync("deploy", folder, "--name", "needs", "--wait");

        result.ExitCode.ShouldBe(1, result.ToString());
        result.Error.ShouldContain(named);
        result.Error.ShouldContain(line);
    }
}

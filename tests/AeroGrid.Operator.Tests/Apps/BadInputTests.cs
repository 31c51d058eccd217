using AeroGrid.Api.Apps;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Operator.Tests.Fixtures;
using AeroGrid.TestKit;

namespace AeroGrid.Operator.Tests.Apps;

/// <summary>What the CRD refuses, with a message that names the field and the fix. Nothing of it is stored.</summary>
[Collection("platform")]
public sealed class BadInputTests(PlatformFixture platform)
{
    [Theory]
    [InlineData("../app.py", "leaves the app's folder")]
    [InlineData("lib/../../app.py", "leaves the app's folder")]
    [InlineData("..", "leaves the app's folder")]
    [InlineData("/etc/passwd", "the path is absolute")]
    [InlineData("lib\\app.py", "write '/' between names")]
    [InlineData("a\0.py", "control character")]
    [InlineData("a\n.py", "control character")]
    [InlineData("./app.py", "shortest form")]
    [InlineData("lib//app.py", "shortest form")]
    [InlineData("lib/", "shortest form")]
    [InlineData("", "spec.files[1].path")]
    public async Task A_bad_path_is_refused(string path, string message)
    {
        var error = await RefusedAsync("bad-path", new AppSpec { Files = Some.Files(("app.py", ""), (path, "")) });

        error.Message.ShouldContain("spec.files[1].path");
        error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("lib/prices.py")]
    [InlineData("..a/.b/c..")]
    [InlineData("ünïcode and space.txt")]
    public async Task A_good_path_is_taken(string path) => await platform.Client.ApplyAsync(
        new App
        {
            Metadata = new() { Name = $"good-{Guid.NewGuid():N}"[..20], NamespaceProperty = "demo" },
            Spec = new() { State = AppState.Stopped, Files = Some.Files(("app.py", ""), (path, "")) },
        },
        "tests");

    [Fact]
    public async Task The_same_path_twice_is_refused() =>
        (await RefusedAsync("twice", new AppSpec { Files = Some.Files(("app.py", "1"), ("app.py", "2")) }))
            .Message.ShouldContain("spec.files: Invalid value: \"array\": two files have the same path");

    [Fact]
    public async Task Sixty_five_files_are_refused() =>
        (await RefusedAsync("many", new AppSpec { Files = Some.Files([.. Enumerable.Range(0, 65).Select(i => ($"f{i}.py", ""))]) }))
            .Message.ShouldContain("spec.files");

    [Fact]
    public async Task Two_mebibytes_are_refused() =>
        (await RefusedAsync("large", new AppSpec { Files = Some.Files(("app.py", new string('x', 2 * 1024 * 1024))) }))
            .Message.ShouldContain("spec.files[0].content");

    [Fact]
    public async Task Files_that_are_too_large_together_are_refused() =>
        (await RefusedAsync("together", new AppSpec { Files = Some.Files([.. Enumerable.Range(0, 10).Select(i => ($"f{i}.py", new string('x', 100_000)))]) }))
            .Message.ShouldContain("larger than 900 KiB");

    [Fact]
    public async Task No_files_are_refused() =>
        (await RefusedAsync("none", new AppSpec { Files = [] })).Message.ShouldContain("spec.files");

    [Theory]
    [InlineData("Upper")]
    [InlineData("under_score")]
    [InlineData("-dash")]
    [InlineData("dash-")]
    [InlineData("1st")]
    [InlineData("dotted.name")]
    [InlineData("a-name-of-more-than-forty-characters-is-too-long")]
    public async Task A_bad_name_is_refused(string name) =>
        (await RefusedAsync(name, new AppSpec { Files = Some.Files() })).Message.ShouldContain("metadata.name");

    [Theory]
    [InlineData("PORT")]
    [InlineData("PORT_HTTP")]
    [InlineData("PYTHONPATH")]
    [InlineData("AEROGRID_APP")]
    [InlineData("has space")]
    public async Task A_variable_that_is_the_platforms_is_refused(string name) =>
        (await RefusedAsync("variables", new AppSpec { Files = Some.Files(), Env = [new() { Name = name, Value = "1" }] }))
            .Message.ShouldContain("spec.env[0].name");

    [Fact]
    public async Task Value_and_source_at_once_are_refused() =>
        (await RefusedAsync("both", new AppSpec
        {
            Files = Some.Files(),
            Env = [new() { Name = "KEY", Value = "1", ValueFrom = new() { SecretKeyRef = new() { Name = "s", Key = "k" } } }],
        })).Message.ShouldContain("write either value or valueFrom");

    [Theory]
    [InlineData(0)]
    [InlineData(51)]
    public async Task A_number_of_replicas_beyond_its_range_is_refused(int replicas) =>
        (await RefusedAsync("replicas", new AppSpec { Files = Some.Files(), Replicas = replicas })).Message.ShouldContain("spec.replicas");

    [Fact]
    public async Task An_unknown_field_is_named_by_kubectl()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        var file = Path.Combine(platform.Server.DataFolder, "unknown.yaml");
        await File.WriteAllTextAsync(file, """
            apiVersion: aerogrid.io/v1alpha1
            kind: App
            metadata: { name: unknown, namespace: demo }
            spec: { fils: [], files: [{ path: app.py, content: "" }] }
            """);

        (await platform.Server.KubectlAsync("apply", "-f", file)).Error.ShouldContain("unknown field \"spec.fils\"");
    }

    [Fact]
    public async Task A_refused_change_leaves_what_was_saved()
    {
        await platform.SaveAsync("keeps", "print('kept')");

        await RefusedAsync("keeps", new AppSpec { Files = Some.Files(("../x", "")) });

        (await platform.Client.GetAsync<App>("demo", "keeps"))!.Spec.Files.ShouldHaveSingleItem().Content.ShouldBe("print('kept')");
    }

    [Fact]
    public async Task Kubectl_explains_the_files()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");

        var text = await platform.Server.KubectlOkAsync("explain", "app.spec.files");

        text.ShouldContain("The app's source, 1 to 64 text files");
        text.ShouldContain("Where the file is in the app's folder");
    }

    [Fact]
    public async Task Kubectl_get_apps_shows_what_a_person_wants_to_know()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        await platform.SaveAsync("listed", "print('listed')");
        await platform.AppAsync("listed", AppPhase.Running);

        var table = await platform.Server.KubectlOkAsync("get", "apps", "-n", "demo", "listed");

        table.ShouldMatch(@"^NAME +PHASE +REVISION +READY +URL +AGE");
        table.ShouldMatch(@"listed +Running +1 +True +http://localhost:8080/apps/demo/listed/ ");
    }

    private async Task<KubernetesApiException> RefusedAsync(string name, AppSpec spec)
    {
        var error = await Should.ThrowAsync<KubernetesApiException>(() => platform.SaveAsync(name, spec));
        ((int)error.StatusCode).ShouldBe(422, error.Message);
        return error;
    }
}

using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.Operator.Tests.Fixtures;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Images;

/// <summary>Apps with packages to install.</summary>
[Collection("platform")]
public sealed class DependencyTests(PlatformFixture platform)
{
    [Fact]
    public async Task Requirements_are_built_once_and_code_is_put_on_them()
    {
        await SaveAsync("needs", "print(1)", "once==1.0\n");
        await platform.AppAsync("needs", AppPhase.Running);

        await SaveAsync("needs", "print(2)", "once==1.0\n");
        await platform.AppAsync("needs", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, 2)));
        await SaveAsync("needs-too", "print(3)", "# the same\nonce==1.0   # comment\n");
        await platform.AppAsync("needs-too", AppPhase.Running);

        var images = (await platform.OfAppAsync<Image>("needs")).Concat(await platform.OfAppAsync<Image>("needs-too")).ToList();
        images.Count.ShouldBe(3);
        var hash = images.Select(image => image.Status!.DependenciesHash).Distinct().ShouldHaveSingleItem()!;
        platform.Kubelet.Builds.Count(job => job.StartsWith($"demo-{hash[..16]}", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Two_apps_that_ask_for_the_same_at_the_same_time_share_one_build()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SaveAsync($"shares-{i}", $"print({i})", "shared==1.0\n")));
        for (var i = 0; i < 8; i++)
            await platform.AppAsync($"shares-{i}", AppPhase.Running);

        var hash = (await platform.OfAppAsync<Image>("shares-0")).ShouldHaveSingleItem().Status!.DependenciesHash!;
        platform.Kubelet.Builds.Count(job => job.StartsWith($"demo-{hash[..16]}", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_requirement_that_fails_is_named_as_typed_with_its_line_and_not_tried_again()
    {
        platform.Kubelet.BuildFailures["nosuchpackage"] =
            (1, """{"requirement":"nosuchpackage==1.0  # mine","line":3,"reason":"NotFound","message":"there is no package of this name\nmore"}""");
        await SaveAsync("lacks", "print(1)", "# first\n\nnosuchpackage==1.0  # mine\n");

        var app = await platform.AppAsync("lacks", AppPhase.Failed);

        var ready = PlatformFixture.Condition(app, ConditionTypes.Ready);
        ready.Reason.ShouldBe("DependenciesFailed");
        ready.Message.ShouldBe("requirements.txt line 3: nosuchpackage==1.0  # mine: there is no package of this name");
        var build = (await platform.OfAppAsync<Image>("lacks")).ShouldHaveSingleItem().Status!.Build!;
        (build.Reason, build.Line, build.Attempts).ShouldBe(("NotFound", 3, 1));
        build.Log.ShouldBe("there is no package of this name\nmore");

        platform.Kubelet.BuildFailures.TryRemove("nosuchpackage", out _);
        await SaveAsync("lacks", "print(1)", "otherpackage==1.0\n");
        await platform.AppAsync("lacks", AppPhase.Running);
    }

    [Fact]
    public async Task A_failed_requirement_leaves_the_old_version_serving()
    {
        await SaveAsync("lacks-later", "print(1)", "");
        await platform.AppAsync("lacks-later", AppPhase.Running);
        platform.Kubelet.BuildFailures["vanished"] = (1, """{"requirement":"vanished","line":1,"reason":"NotFound","message":"none"}""");

        await SaveAsync("lacks-later", "print(2)", "vanished\n");

        var app = await platform.AppAsync("lacks-later", AppPhase.Failed);
        (app.Status!.Revision, app.Status.ReadyReplicas).ShouldBe((1, 1));
        PlatformFixture.Condition(app, ConditionTypes.Available).Status.ShouldBe("True");
    }

    [Fact]
    public async Task An_index_that_does_not_answer_is_asked_again()
    {
        platform.Kubelet.BuildFailures["unlucky"] = (75, """{"requirement":null,"line":null,"reason":"Unavailable","message":"the index did not answer"}""");
        await SaveAsync("unlucky", "print(1)", "unlucky==1.0\n");
        await platform.AppAsync("unlucky", app => PlatformFixture.Condition(app, ConditionTypes.Ready).Message.ShouldContain("the index did not answer"));

        platform.Kubelet.BuildFailures.TryRemove("unlucky", out _);

        await platform.AppAsync("unlucky", AppPhase.Running);
        (await platform.OfAppAsync<Image>("unlucky")).ShouldHaveSingleItem().Status!.Build!.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task A_build_has_its_ConfigMap_only_as_long_as_its_Job()
    {
        await SaveAsync("tidy", "print(1)", "tidy==1.0\n");
        await platform.AppAsync("tidy", AppPhase.Running);

        var name = (await platform.OfAppAsync<Image>("tidy")).ShouldHaveSingleItem().Status!.Build!.JobName!;
        var source = await platform.Client.GetAsync<V1ConfigMap>(Names.BuildsNamespace, name);
        source!.Metadata.OwnerReferences.ShouldHaveSingleItem().Kind.ShouldBe("Job");
        (await platform.Client.GetAsync<V1Job>(Names.BuildsNamespace, name))!.Spec.TtlSecondsAfterFinished.ShouldBe(600);
    }

    private Task<App> SaveAsync(string name, string code, string requirements) => platform.SaveAsync(name, new AppSpec
    {
        Runtime = "python-web",
        Files = Some.Files(("app.py", code), ("requirements.txt", requirements)),
    });
}

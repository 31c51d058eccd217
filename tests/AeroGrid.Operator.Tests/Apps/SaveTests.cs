using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.ControllerRuntime;
using AeroGrid.Operator.Istio;
using AeroGrid.Operator.Tests.Fixtures;
using AeroGrid.TestKit;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Apps;

/// <summary>From a saved app to one that serves, and on to its next versions.</summary>
[Collection("platform")]
public sealed class SaveTests(PlatformFixture platform)
{
    [Fact]
    public async Task A_saved_app_runs()
    {
        await platform.SaveAsync("first", "print('first')");

        var app = await platform.AppAsync("first", AppPhase.Running);

        app.Status!.Revision.ShouldBe(1);
        app.Status.Url.ShouldBe("http://localhost:8080/apps/demo/first/");
        app.Status.Image.ShouldStartWith("registry.aerogrid.local/demo/first@sha256:");
        (app.Status.Replicas, app.Status.ReadyReplicas).ShouldBe((1, 1));
        app.Status.Conditions!.ShouldAllBe(condition => condition.Status == "True" && condition.ObservedGeneration == 1);
        app.Status.Conditions!.Select(condition => condition.Type).ShouldBe(["ImageReady", "Available", "RouteReady", "Ready"], ignoreOrder: true);
        (await platform.Client.GetAsync<V1Deployment>("demo", "first"))!.Spec.Template.Spec.Containers[0].Image.ShouldBe(app.Status.Image);
        (await platform.Client.GetAsync<V1Service>("demo", "first"))!.Spec.Ports.ShouldHaveSingleItem().Name.ShouldBe("http");
        (await platform.Client.GetAsync<VirtualService>("demo", "first")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_changed_file_is_the_next_revision()
    {
        await platform.SaveAsync("changes", "print(1)");
        var before = await platform.AppAsync("changes", AppPhase.Running);

        await platform.SaveAsync("changes", "print(2)");

        var after = await platform.AppAsync("changes", app =>
        {
            app.Status!.Phase.ShouldBe(AppPhase.Running);
            app.Status.Revision.ShouldBe(2);
        });
        after.Status!.Image.ShouldNotBe(before.Status!.Image);
    }

    [Fact]
    public async Task Going_back_to_old_files_is_a_new_revision_of_the_old_image()
    {
        await platform.SaveAsync("back", "print(1)");
        var first = await platform.AppAsync("back", AppPhase.Running);
        await platform.SaveAsync("back", "print(2)");
        await platform.AppAsync("back", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, 2)));

        var revisions = await platform.OfAppAsync<AppRevision>("back");
        var old = revisions.Single(revision => revision.Revision == 1);
        await platform.SaveAsync("back", new AppSpec { Runtime = old.Data!.Runtime, Files = old.Data.Files });

        var app = await platform.AppAsync("back", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, 3)));
        app.Status!.Image.ShouldBe(first.Status!.Image);
    }

    [Fact]
    public async Task Another_variable_restarts_the_app_without_a_new_revision()
    {
        var spec = new AppSpec { Runtime = "python-web", Files = Some.Files() };
        await platform.SaveAsync("variable", spec);
        await platform.AppAsync("variable", AppPhase.Running);

        await platform.SaveAsync("variable", spec with { Env = [new() { Name = "REGION", Value = "eu" }] });

        await platform.AppAsync("variable", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, 1)));
        (await PodsAsync("variable")).ShouldHaveSingleItem().Spec.Containers[0].Env.ShouldContain(variable => variable.Name == "REGION");
    }

    [Fact]
    public async Task A_stopped_app_has_no_pods_and_starts_again()
    {
        var spec = new AppSpec { Runtime = "python-web", Files = Some.Files() };
        await platform.SaveAsync("sleeper", spec);
        await platform.AppAsync("sleeper", AppPhase.Running);

        await platform.SaveAsync("sleeper", spec with { State = AppState.Stopped });
        var stopped = await platform.AppAsync("sleeper", AppPhase.Stopped);
        stopped.Status!.ReadyReplicas.ShouldBe(0);
        PlatformFixture.Condition(stopped, ConditionTypes.Ready).Reason.ShouldBe("Stopped");
        (await PodsAsync("sleeper")).ShouldBeEmpty();

        await platform.SaveAsync("sleeper", spec with { State = AppState.Running });
        await platform.AppAsync("sleeper", AppPhase.Running);
    }

    [Fact]
    public async Task A_public_app_has_a_policy_of_its_own_and_loses_it_again()
    {
        var spec = new AppSpec { Runtime = "python-web", Files = Some.Files(), Access = AppAccess.Public };
        await platform.SaveAsync("open", spec);
        await platform.AppAsync("open", AppPhase.Running);
        (await platform.Client.GetAsync<AuthorizationPolicy>("demo", "open-public"))!.Spec!.Action.ShouldBe("ALLOW");

        await platform.SaveAsync("open", spec with { Access = AppAccess.Tenant });

        await Eventually.Async(async () => (await platform.Client.GetAsync<AuthorizationPolicy>("demo", "open-public")).ShouldBeNull());
    }

    [Fact]
    public async Task A_deleted_app_takes_everything_with_it_and_its_tag_in_the_registry()
    {
        await platform.SaveAsync("goes", "print('short life')");
        await platform.AppAsync("goes", AppPhase.Running);
        var repository = Oci.References.RepositoryName.Parse("registry.aerogrid.local/demo/goes");
        (await platform.Registry.ListTagsAsync(repository)).ShouldHaveSingleItem();

        await platform.Client.DeleteAsync<App>(new("demo", "goes"));

        await Eventually.Async(async () =>
        {
            var kinds = "apps,images,deployments,replicasets,pods,services,virtualservices,configmaps,controllerrevisions";
            (await platform.Server.KubectlOkAsync("get", kinds, "-n", "demo", "-l", "app.kubernetes.io/instance=goes", "-o", "name")).ShouldBeEmpty();
            (await platform.Registry.ListTagsAsync(repository)).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task Ten_revisions_are_kept_and_the_images_of_older_ones_go()
    {
        for (var i = 1; i <= 12; i++)
        {
            await platform.SaveAsync("history", $"print({i})");
            await platform.AppAsync("history", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, i)));
        }

        await Eventually.Async(async () =>
        {
            var revisions = await platform.OfAppAsync<AppRevision>("history");
            revisions.Select(revision => revision.Revision).Order().ShouldBe(Enumerable.Range(3, 10).Select(i => (long)i));
            (await platform.OfAppAsync<Image>("history")).Count.ShouldBe(10);
            (await platform.OfAppAsync<V1ConfigMap>("history")).Count.ShouldBe(10);
            (await platform.Registry.ListTagsAsync(Oci.References.RepositoryName.Parse("registry.aerogrid.local/demo/history"))).Count.ShouldBe(10);
        });
    }

    [Fact]
    public async Task What_someone_changes_by_hand_is_put_right()
    {
        await platform.SaveAsync("drift", "print('drift')");
        await platform.AppAsync("drift", AppPhase.Running);

        await platform.Client.MergePatchAsync<V1Deployment>(new ObjectKey("demo", "drift"), new { spec = new { replicas = 4 } });
        await platform.Client.DeleteAsync<V1Service>(new("demo", "drift"));

        await Eventually.Async(async () =>
        {
            (await platform.Client.GetAsync<V1Deployment>("demo", "drift"))!.Spec.Replicas.ShouldBe(1);
            (await platform.Client.GetAsync<V1Service>("demo", "drift")).ShouldNotBeNull();
        });
    }

    [Fact]
    public async Task An_operator_that_comes_back_writes_nothing_when_nothing_changed()
    {
        await platform.SaveAsync("quiet", "print('quiet')");
        await platform.AppAsync("quiet", AppPhase.Running);
        var before = await VersionsAsync("quiet");

        await platform.StopOperatorAsync();
        await platform.StartOperatorAsync();
        await platform.SaveAsync("after", "print('after')");
        await platform.AppAsync("after", AppPhase.Running);

        (await VersionsAsync("quiet")).ShouldBe(before);
    }

    [Fact]
    public async Task The_operator_survives_being_stopped_in_the_middle_of_saves()
    {
        for (var i = 0; i < 5; i++)
        {
            await platform.SaveAsync("interrupted", $"print({i})");
            await platform.StopOperatorAsync();
            await platform.StartOperatorAsync();
        }

        var app = await platform.AppAsync("interrupted", AppPhase.Running);
        var revisions = await platform.OfAppAsync<AppRevision>("interrupted");
        revisions.Select(revision => revision.Revision).ShouldBeUnique();
        revisions.Max(revision => revision.Revision).ShouldBe(app.Status!.Revision!.Value);
    }

    private async Task<IReadOnlyList<V1Pod>> PodsAsync(string app) =>
        (await platform.OfAppAsync<V1Pod>(app)).Where(pod => pod.Metadata.DeletionTimestamp is null).ToList();

    private async Task<string> VersionsAsync(string app) => await platform.Server.KubectlOkAsync(
        "get", "apps,images,deployments,services,virtualservices,configmaps,controllerrevisions", "-n", "demo",
        "-l", $"app.kubernetes.io/instance={app}",
        "-o", "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}");
}

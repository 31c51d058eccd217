using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Operator.Tests.Fixtures;
using AeroGrid.TestKit;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Apps;

/// <summary>A version that does not run is told fast, takes nothing down, and is forgotten with the next save.</summary>
[Collection("platform")]
public sealed class FailureTests(PlatformFixture platform)
{
    private const string Traceback = "  File \"/app/app.py\", line 1\n    def (\n        ^\nSyntaxError: invalid syntax\n";

    [Fact]
    public async Task A_crash_of_the_first_version_is_told_with_the_apps_last_output()
    {
        platform.Kubelet.Scripts["crashes"] = new PodScript.Ends(1, Traceback);
        await platform.SaveAsync("crashes", "def (");

        var app = await platform.AppAsync("crashes", AppPhase.Failed);

        var ready = PlatformFixture.Condition(app, ConditionTypes.Ready);
        (ready.Status, ready.Reason).ShouldBe(("False", "Crashed"));
        ready.Message.ShouldContain("SyntaxError: invalid syntax");
        PlatformFixture.Condition(app, ConditionTypes.ImageReady).Status.ShouldBe("True");
        app.Status!.Revision.ShouldBeNull();
    }

    [Fact]
    public async Task A_broken_version_leaves_the_old_one_serving_and_the_next_save_mends_it()
    {
        await platform.SaveAsync("breaks", "print(1)");
        var before = await platform.AppAsync("breaks", AppPhase.Running);

        platform.Kubelet.Scripts["breaks"] = new PodScript.Ends(1, Traceback);
        await platform.SaveAsync("breaks", "def (");
        var broken = await platform.AppAsync("breaks", AppPhase.Failed);
        (broken.Status!.Revision, broken.Status.ReadyReplicas).ShouldBe((1, 1));
        var pods = await platform.OfAppAsync<V1Pod>("breaks");
        pods.Where(pod => pod.Metadata.DeletionTimestamp is null && pod.Spec.Containers[0].Image == before.Status!.Image)
            .ShouldHaveSingleItem().Status.ContainerStatuses[0].Ready.ShouldBeTrue();

        platform.Kubelet.Scripts.TryRemove("breaks", out _);
        await platform.SaveAsync("breaks", "print(2)");
        await platform.AppAsync("breaks", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, 3)));
    }

    [Fact]
    public async Task An_app_that_never_listens_is_told_after_its_time()
    {
        platform.Kubelet.Scripts["silent"] = new PodScript.Silent();
        await platform.SaveAsync("silent", "import time; time.sleep(1000)");

        var app = await platform.AppAsync("silent", AppPhase.Failed);

        var ready = PlatformFixture.Condition(app, ConditionTypes.Ready);
        ready.Reason.ShouldBe("NotListening");
        ready.Message.ShouldContain("$PORT");
    }

    [Fact]
    public async Task What_the_probe_met_is_told_of_an_app_that_never_listens()
    {
        platform.Kubelet.Scripts["elsewhere"] = new PodScript.Silent();
        await platform.SaveAsync("elsewhere", "listen on 5000");
        var pod = await Eventually.Async(async () => (await platform.OfAppAsync<V1Pod>("elsewhere")).ShouldHaveSingleItem());
        await platform.Client.CreateAsync(new Corev1Event
        {
            Metadata = new() { Name = "elsewhere.1", NamespaceProperty = "demo" },
            InvolvedObject = new() { ApiVersion = "v1", Kind = "Pod", Name = pod.Metadata.Name, NamespaceProperty = "demo", Uid = pod.Metadata.Uid },
            Type = "Warning",
            Reason = "Unhealthy",
            Message = "Readiness probe failed: nothing listens on 41234; the process listens on 127.0.0.1:5000",
            LastTimestamp = DateTime.UnixEpoch,
        });

        var app = await platform.AppAsync("elsewhere", AppPhase.Failed);

        PlatformFixture.Condition(app, ConditionTypes.Ready).Message.ShouldContain("the process listens on 127.0.0.1:5000");
    }

    [Fact]
    public async Task A_missing_secret_is_told()
    {
        platform.Kubelet.Scripts["secretive"] = new PodScript.Waits("CreateContainerConfigError", "secret \"s\" not found");
        await platform.SaveAsync("secretive", new AppSpec
        {
            Runtime = "python-web",
            Files = Some.Files(),
            Env = [new() { Name = "KEY", ValueFrom = new() { SecretKeyRef = new() { Name = "s", Key = "k" } } }],
        });

        var app = await platform.AppAsync("secretive", AppPhase.Failed);

        PlatformFixture.Condition(app, ConditionTypes.Ready).Message.ShouldBe("CreateContainerConfigError: secret \"s\" not found");
    }

    [Fact]
    public async Task An_object_of_the_same_name_that_is_not_AeroGrids_is_left_alone()
    {
        await platform.Client.CreateAsync(new V1Service
        {
            Metadata = new() { Name = "taken", NamespaceProperty = "demo" },
            Spec = new() { Ports = [new() { Name = "mine", Port = 1234 }] },
        });
        await platform.SaveAsync("taken", "print('taken')");

        var app = await platform.AppAsync("taken", AppPhase.Failed);

        var condition = PlatformFixture.Condition(app, ConditionTypes.RouteReady);
        (condition.Status, condition.Reason).ShouldBe(("False", "NameTaken"));
        condition.Message.ShouldBe("Service demo/taken exists and is not AeroGrid's: rename the App, or delete the Service.");
        (await platform.Client.GetAsync<V1Service>("demo", "taken"))!.Spec.Ports.ShouldHaveSingleItem().Port.ShouldBe(1234);
    }

    [Fact]
    public async Task An_unknown_runtime_is_told_and_comes_to_life_with_it()
    {
        await platform.SaveAsync("future", new AppSpec { Runtime = "future", Files = Some.Files() });
        var app = await platform.AppAsync("future", AppPhase.Failed);
        PlatformFixture.Condition(app, ConditionTypes.Ready).Message.ShouldBe("spec.runtime: there is no runtime future: name one of kubectl get runtimes");

        var runtime = Some.Runtime("future", grpc: false);
        runtime.Spec.Image = platform.Options.RuntimeImages["python-web"];
        await platform.Client.ApplyAsync(runtime, "tests");

        await platform.AppAsync("future", AppPhase.Running);
    }

    [Fact]
    public async Task A_missing_entry_point_is_told()
    {
        await platform.SaveAsync("entry", new AppSpec { Runtime = "python-web", Files = Some.Files(("main.py", "")) });

        var app = await platform.AppAsync("entry", AppPhase.Failed);

        PlatformFixture.Condition(app, ConditionTypes.Ready).Message.ShouldBe("spec.files: app.py is missing: runtime python-web starts it");
    }

    [Fact]
    public async Task An_app_outside_of_a_tenant_gets_no_route()
    {
        await platform.SaveAsync("stray", "print('stray')", tenant: "default");

        var app = await platform.AppAsync("stray", AppPhase.Failed, tenant: "default");

        PlatformFixture.Condition(app, ConditionTypes.Ready).Reason.ShouldBe("TenantNotFound");
        (await platform.OfAppAsync<V1Service>("stray", "default")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Kubectl_describe_shows_what_happened()
    {
        platform.Kubelet.Scripts["told"] = new PodScript.Ends(1, Traceback);
        await platform.SaveAsync("told", "def (");
        await platform.AppAsync("told", AppPhase.Failed);

        await Eventually.Async(async () => (await platform.Server.KubectlOkAsync("describe", "app", "told", "-n", "demo")).ShouldContain("Warning  Crashed"));
    }
}

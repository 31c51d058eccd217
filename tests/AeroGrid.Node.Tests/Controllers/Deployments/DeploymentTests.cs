using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers.Deployments;

public sealed class DeploymentTests(WorkloadFixture fixture) : IClassFixture<WorkloadFixture>
{
    [Fact]
    public async Task A_Deployment_becomes_bound_pods_behind_a_ReplicaSet()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 3, "ready:1");
        await fixture.RolledOutAsync(space, "web");

        var set = (await fixture.SetsAsync(space)).ShouldHaveSingleItem();
        var hash = set.Metadata.Labels["pod-template-hash"];
        set.Metadata.Name.ShouldBe($"web-{hash}");
        set.Spec.Selector.MatchLabels["pod-template-hash"].ShouldBe(hash);
        set.Metadata.Annotations["deployment.kubernetes.io/revision"].ShouldBe("1");
        var pods = await fixture.PodsAsync(space);
        pods.Count.ShouldBe(3);
        pods.ShouldAllBe(pod => pod.Spec.NodeName == "local" && pod.Metadata.Labels["pod-template-hash"] == hash
            && pod.Metadata.OwnerReferences.Single().Name == set.Metadata.Name);

        var deployment = await fixture.UntilAsync<V1Deployment>(space, "web", deployment =>
            deployment.Status.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}").Order().ShouldBe(
                ["Available=True MinimumReplicasAvailable", "Progressing=True NewReplicaSetAvailable"]));
        deployment.Metadata.Annotations["deployment.kubernetes.io/revision"].ShouldBe("1");
    }

    [Fact]
    public async Task A_settled_Deployment_is_not_written_again()
    {
        var space = await fixture.NamespaceAsync();
        var created = await fixture.DeployAsync(space, "web", 2, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        await fixture.UntilAsync<V1Deployment>(space, "web", deployment =>
            deployment.Status.Conditions.ShouldContain(condition => condition.Reason == "NewReplicaSetAvailable"));
        var before = await VersionsAsync(space);

        // Something else happens in between: whatever was still under way is done by then.
        await fixture.DeployAsync(space, "other", 1, "ready:1");
        await fixture.RolledOutAsync(space, "other");
        var after = await VersionsAsync(space);
        before.ShouldAllBe(version => after.Contains(version), $"{created.Metadata.Name} was written without need");
    }

    [Fact]
    public async Task A_rolling_update_with_maxUnavailable_0_never_has_too_few_ready_pods()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 3, "ready:1", spec => spec.Strategy = Rolling("1", "0"));
        await fixture.RolledOutAsync(space, "web");
        using var end = new CancellationTokenSource();
        var lowest = LowestReadyAsync(space, end.Token);
        await fixture.KubectlAsync(space, "set", "image", "deployment/web", "main=ready:2");
        await fixture.RolledOutAsync(space, "web");
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).Count.ShouldBe(3));
        await end.CancelAsync();
        var (ready, most) = await lowest;
        ready.ShouldBeGreaterThanOrEqualTo(3);
        most.ShouldBeLessThanOrEqualTo(4);
        (await fixture.PodsAsync(space)).ShouldAllBe(pod => pod.Spec.Containers[0].Image == "ready:2");
    }

    [Fact]
    public async Task A_new_version_that_never_becomes_ready_leaves_the_old_one_serving_and_runs_out_of_time()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 2, "ready:1", spec =>
        {
            spec.Strategy = Rolling("1", "0");
            spec.ProgressDeadlineSeconds = 2;
        });
        await fixture.RolledOutAsync(space, "web");
        await fixture.KubectlAsync(space, "set", "image", "deployment/web", "main=unready:2");
        await fixture.UntilAsync<V1Deployment>(space, "web", deployment =>
        {
            var progressing = deployment.Status.Conditions.Single(condition => condition.Type == "Progressing");
            (progressing.Status, progressing.Reason).ShouldBe(("False", "ProgressDeadlineExceeded"));
            deployment.Status.AvailableReplicas.ShouldBe(2);
        });
        var status = await fixture.Server.KubectlAsync("-n", space, "rollout", "status", "deployment/web");
        status.ExitCode.ShouldBe(1);
        status.Error.ShouldContain("exceeded its progress deadline");

        await fixture.KubectlAsync(space, "rollout", "undo", "deployment/web");
        (await fixture.KubectlAsync(space, "rollout", "status", "deployment/web", "--timeout=20s")).ShouldContain("successfully rolled out");
        (await fixture.PodsAsync(space)).Where(pod => pod.Metadata.DeletionTimestamp is null)
            .ShouldAllBe(pod => pod.Spec.Containers[0].Image == "ready:1");
    }

    [Fact]
    public async Task Undo_goes_back_to_the_earlier_template_as_a_new_revision()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 1, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        foreach (var image in new[] { "ready:2", "ready:3" })
        {
            await fixture.KubectlAsync(space, "set", "image", "deployment/web", $"main={image}");
            await fixture.RolledOutAsync(space, "web");
        }

        await fixture.KubectlAsync(space, "rollout", "undo", "deployment/web", "--to-revision=1");
        await fixture.RolledOutAsync(space, "web");
        var deployment = await fixture.UntilAsync<V1Deployment>(space, "web", deployment =>
            deployment.Metadata.Annotations["deployment.kubernetes.io/revision"].ShouldBe("4"));
        deployment.Spec.Template.Spec.Containers[0].Image.ShouldBe("ready:1");
        (await fixture.SetsAsync(space)).Select(set => (
            set.Spec.Template.Spec.Containers[0].Image,
            set.Metadata.Annotations["deployment.kubernetes.io/revision"])).Order()
            .ShouldBe([("ready:1", "4"), ("ready:2", "2"), ("ready:3", "3")]);
        var history = await fixture.KubectlAsync(space, "rollout", "history", "deployment/web");
        history.ShouldContain("REVISION");
        foreach (var revision in new[] { "2", "3", "4" })
            history.ShouldContain($"\n{revision} ");
    }

    [Fact]
    public async Task Restart_replaces_every_pod()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 2, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        var before = (await fixture.PodsAsync(space)).Select(pod => pod.Metadata.Name).ToHashSet();
        await fixture.KubectlAsync(space, "rollout", "restart", "deployment/web");
        await fixture.KubectlAsync(space, "rollout", "status", "deployment/web", "--timeout=20s");
        await Eventually.Async(async () =>
            (await fixture.PodsAsync(space)).Select(pod => pod.Metadata.Name).Intersect(before).ShouldBeEmpty());
    }

    [Fact]
    public async Task A_paused_Deployment_collects_changes_and_still_scales()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 1, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        await fixture.KubectlAsync(space, "rollout", "pause", "deployment/web");
        await fixture.KubectlAsync(space, "set", "image", "deployment/web", "main=ready:2");
        await fixture.KubectlAsync(space, "scale", "deployment/web", "--replicas=3");
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).Count.ShouldBe(3));
        (await fixture.PodsAsync(space)).ShouldAllBe(pod => pod.Spec.Containers[0].Image == "ready:1");
        await fixture.UntilAsync<V1Deployment>(space, "web", deployment =>
            deployment.Status.Conditions.ShouldContain(condition => condition.Reason == "DeploymentPaused"));

        await fixture.KubectlAsync(space, "rollout", "resume", "deployment/web");
        await fixture.RolledOutAsync(space, "web");
        (await fixture.PodsAsync(space)).Where(pod => pod.Metadata.DeletionTimestamp is null)
            .ShouldAllBe(pod => pod.Spec.Containers[0].Image == "ready:2");
    }

    [Fact]
    public async Task Recreate_starts_the_first_new_pod_when_the_last_old_one_is_gone()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "alone", 2, "ready:1", spec => spec.Strategy = new() { Type = "Recreate" });
        await fixture.RolledOutAsync(space, "alone");
        var old = (await fixture.SetsAsync(space)).Single().Metadata.Name;
        fixture.Kubelet.HoldBack(old);
        await fixture.KubectlAsync(space, "set", "image", "deployment/alone", "main=ready:2");
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldAllBe(pod => pod.Metadata.DeletionTimestamp != null));
        (await fixture.PodsAsync(space)).Count.ShouldBe(2);
        fixture.Kubelet.LetGo(old);
        await fixture.RolledOutAsync(space, "alone");
        (await fixture.PodsAsync(space)).ShouldAllBe(pod => pod.Spec.Containers[0].Image == "ready:2");
    }

    [Fact]
    public async Task Scale_to_zero_and_back_and_kubectl_shows_it()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 2, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        await fixture.KubectlAsync(space, "scale", "deployment/web", "--replicas=0");
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldBeEmpty());
        await fixture.KubectlAsync(space, "scale", "deployment/web", "--replicas=3");
        await fixture.RolledOutAsync(space, "web");
        (await fixture.KubectlAsync(space, "get", "deploy", "web", "--no-headers")).ShouldContain("3/3");
        var described = await fixture.KubectlAsync(space, "describe", "deploy", "web");
        described.ShouldContain("NewReplicaSet:");
        described.ShouldContain("3 desired | 3 updated | 3 total | 3 available | 0 unavailable");
        await Eventually.Async(async () =>
            (await fixture.KubectlAsync(space, "describe", "deploy", "web")).ShouldContain("Scaled up replica set"));
    }

    [Fact]
    public async Task Old_ReplicaSets_beyond_the_limit_are_removed()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 1, "ready:1", spec => spec.RevisionHistoryLimit = 1);
        await fixture.RolledOutAsync(space, "web");
        foreach (var number in Enumerable.Range(2, 3))
        {
            await fixture.KubectlAsync(space, "set", "image", "deployment/web", $"main=ready:{number}");
            await fixture.RolledOutAsync(space, "web");
        }

        await Eventually.Async(async () => (await fixture.SetsAsync(space)).Select(set => set.Spec.Template.Spec.Containers[0].Image).Order()
            .ShouldBe(["ready:3", "ready:4"]));
    }

    [Fact]
    public async Task A_name_that_someone_else_has_taken_is_a_collision_and_another_is_found()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 1, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        var set = (await fixture.SetsAsync(space)).Single();

        // The same name with another template, owned by nobody and out of the selector: what a leftover looks like.
        await fixture.Client.DeleteAsync<V1Deployment>(new(space, "web"));
        await Eventually.Async(async () => (await fixture.SetsAsync(space)).ShouldBeEmpty());
        var template = set.Spec.Template with
        {
            Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = "other" } },
        };
        await fixture.Client.CreateAsync(new V1ReplicaSet
        {
            Metadata = new() { NamespaceProperty = space, Name = set.Metadata.Name },
            Spec = new() { Replicas = 0, Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "other" } }, Template = template },
        });
        await fixture.DeployAsync(space, "web", 1, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        (await fixture.DeploymentAsync(space, "web")).Status.CollisionCount.ShouldBe(1);
        (await fixture.SetsAsync(space)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task After_a_restart_of_the_controllers_nothing_is_made_twice()
    {
        await using var own = new WorkloadFixture();
        await own.InitializeAsync();
        var space = await own.NamespaceAsync();
        await own.DeployAsync(space, "web", 3, "ready:1");
        await own.RolledOutAsync(space, "web");
        var pods = (await own.PodsAsync(space)).Select(pod => pod.Metadata.Name).Order().ToList();
        await own.StopControllersAsync();
        await own.StartControllersAsync();
        await own.KubectlAsync(space, "scale", "deployment/web", "--replicas=4");
        await own.RolledOutAsync(space, "web");
        var after = (await own.PodsAsync(space)).Select(pod => pod.Metadata.Name).Order().ToList();
        after.Count.ShouldBe(4);
        pods.ShouldBeSubsetOf(after);
        (await own.SetsAsync(space)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Deleting_a_Deployment_deletes_what_it_made()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.DeployAsync(space, "web", 2, "ready:1");
        await fixture.RolledOutAsync(space, "web");
        await fixture.KubectlAsync(space, "delete", "deployment", "web");
        await Eventually.Async(async () =>
        {
            (await fixture.SetsAsync(space)).ShouldBeEmpty();
            (await fixture.PodsAsync(space)).ShouldBeEmpty();
        });
    }

    private static V1DeploymentStrategy Rolling(string maxSurge, string maxUnavailable) => new()
    {
        Type = "RollingUpdate",
        RollingUpdate = new() { MaxSurge = maxSurge, MaxUnavailable = maxUnavailable },
    };

    private async Task<List<string>> VersionsAsync(string space)
    {
        List<string> versions =
        [
            .. (await fixture.Client.ListAsync<V1Deployment>(space)).Select(Version),
            .. (await fixture.SetsAsync(space)).Select(Version),
            .. (await fixture.PodsAsync(space)).Select(Version),
        ];
        return versions;

        static string Version(k8s.IKubernetesObject<V1ObjectMeta> obj) => $"{obj.Kind} {obj.Metadata.Name} {obj.Metadata.ResourceVersion}";
    }

    private async Task<(int Ready, int Most)> LowestReadyAsync(string space, CancellationToken end)
    {
        var (lowest, most) = (int.MaxValue, 0);
        while (!end.IsCancellationRequested)
        {
            var pods = await fixture.PodsAsync(space);
            lowest = Math.Min(lowest, pods.Count(pod => pod.Metadata.DeletionTimestamp is null
                && pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true));
            most = Math.Max(most, pods.Count(pod => pod.Metadata.DeletionTimestamp is null));
        }

        return (lowest, most);
    }
}

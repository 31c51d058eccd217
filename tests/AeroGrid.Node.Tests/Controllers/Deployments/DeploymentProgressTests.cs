using k8s.Models;
using AeroGrid.Node.Controllers.Deployments;

namespace AeroGrid.Node.Tests.Controllers.Deployments;

public sealed class DeploymentProgressTests
{
    private static readonly DateTimeOffset Now = new(Objects.Start);

    [Fact]
    public void A_rollout_whose_pods_are_all_new_and_available_is_complete()
    {
        var status = Status(Objects.Deployment(2), Now, Objects.ReplicaSet("web-1", 2, 2));
        (status.Replicas, status.UpdatedReplicas, status.AvailableReplicas, status.UnavailableReplicas).ShouldBe((2, 2, 2, 0));
        Reason(status, "Progressing").ShouldBe("NewReplicaSetAvailable");
        Reason(status, "Available").ShouldBe("MinimumReplicasAvailable");
    }

    [Fact]
    public void More_ready_pods_are_progress_and_none_for_the_deadline_is_not()
    {
        var deployment = Objects.Deployment(2);
        deployment.Spec.ProgressDeadlineSeconds = 10;
        deployment.Status = Status(deployment, Now, Objects.ReplicaSet("web-1", 2, 0));
        Reason(deployment.Status, "Progressing").ShouldBe("ReplicaSetUpdated");
        DeploymentProgress.UntilDeadline(deployment, deployment.Status, Now).ShouldBe(TimeSpan.FromSeconds(11));

        deployment.Status = Status(deployment, Now.AddSeconds(9), Objects.ReplicaSet("web-1", 2, 1));
        Reason(deployment.Status, "Progressing").ShouldBe("ReplicaSetUpdated");
        deployment.Status = Status(deployment, Now.AddSeconds(18), Objects.ReplicaSet("web-1", 2, 1));
        Reason(deployment.Status, "Progressing").ShouldBe("ReplicaSetUpdated");
        deployment.Status = Status(deployment, Now.AddSeconds(20), Objects.ReplicaSet("web-1", 2, 1));
        var progressing = deployment.Status.Conditions.Single(condition => condition.Type == "Progressing");
        (progressing.Status, progressing.Reason).ShouldBe(("False", "ProgressDeadlineExceeded"));
    }

    [Fact]
    public void A_rollout_whose_beginning_was_not_noted_has_a_deadline_all_the_same()
    {
        var deployment = Objects.Deployment(2);
        deployment.Spec.ProgressDeadlineSeconds = 10;
        deployment.Status = Status(deployment, Now, Objects.ReplicaSet("web-1", 2, 2));
        deployment.Spec.Template = Objects.Template("app:2");
        V1ReplicaSet[] sets = [Objects.ReplicaSet("web-1", 2, 2), Objects.ReplicaSet("web-2", 1, 0, "app:2")];
        deployment.Status = Status(deployment, Now.AddHours(1), sets);
        Reason(deployment.Status, "Progressing").ShouldBe("ReplicaSetUpdated");
        Reason(Status(deployment, Now.AddHours(1).AddSeconds(11), sets), "Progressing").ShouldBe("ProgressDeadlineExceeded");
    }

    [Fact]
    public void A_pod_that_restarts_after_the_rollout_starts_no_deadline()
    {
        var deployment = Objects.Deployment(2);
        deployment.Status = Status(deployment, Now, Objects.ReplicaSet("web-1", 2, 2));
        var later = Status(deployment, Now.AddHours(1), Objects.ReplicaSet("web-1", 2, 1));
        Reason(later, "Progressing").ShouldBe("NewReplicaSetAvailable");
        DeploymentProgress.UntilDeadline(deployment, later, Now.AddHours(1)).ShouldBeNull();
    }

    [Fact]
    public void The_same_state_gives_the_same_status_later()
    {
        var deployment = Objects.Deployment(2);
        deployment.Status = Status(deployment, Now, Objects.ReplicaSet("web-1", 2, 1));
        DeploymentProgress.Same(deployment.Status, Status(deployment, Now.AddSeconds(5), Objects.ReplicaSet("web-1", 2, 1))).ShouldBeTrue();
    }

    private static string Reason(V1DeploymentStatus status, string type) => status.Conditions.Single(condition => condition.Type == type).Reason;

    private static V1DeploymentStatus Status(V1Deployment deployment, DateTimeOffset now, params V1ReplicaSet[] sets) => DeploymentProgress.Of(
        deployment, ReplicaSetHistory.Of(deployment, sets), new DeploymentConditions(deployment.Status?.Conditions, now), null, now);
}

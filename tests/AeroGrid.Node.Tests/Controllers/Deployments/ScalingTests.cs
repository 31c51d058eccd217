using k8s.Models;
using AeroGrid.Node.Controllers.Deployments;

namespace AeroGrid.Node.Tests.Controllers.Deployments;

public sealed class ScalingTests
{
    [Theory]
    [InlineData(3, "1", "0", 0, 3, 1)]
    [InlineData(3, "1", "0", 1, 3, 1)]
    [InlineData(3, "1", "0", 1, 2, 2)]
    [InlineData(3, "1", "0", 0, 0, 3)]
    [InlineData(10, null, null, 0, 10, 3)]
    [InlineData(3, "1", "0", 5, 0, 3)]
    public void The_new_set_grows_as_far_as_the_surge_has_room(int replicas, string? surge, string? unavailable, int newSize, int oldSize, int expected)
    {
        var deployment = Objects.Deployment(replicas, surge, unavailable);
        Scaling.NewSetSize(deployment, Objects.ReplicaSet("new", newSize, 0), [Objects.ReplicaSet("old", oldSize, oldSize)]).ShouldBe(expected);
    }

    [Fact]
    public void With_maxUnavailable_0_an_old_pod_goes_only_when_a_new_one_is_available()
    {
        var deployment = Objects.Deployment(3, "1", "0");
        Scaling.OldSetSizes(deployment, Objects.ReplicaSet("new", 1, 0), [Objects.ReplicaSet("old", 3, 3)]).ShouldBeEmpty();
        Scaling.OldSetSizes(deployment, Objects.ReplicaSet("new", 1, 1), [Objects.ReplicaSet("old", 3, 3)])["old"].ShouldBe(2);
    }

    [Fact]
    public void Pods_that_serve_nobody_go_first()
    {
        var deployment = Objects.Deployment(3, "1", "1");
        var sizes = Scaling.OldSetSizes(
            deployment, Objects.ReplicaSet("new", 1, 0), [Objects.ReplicaSet("older", 2, 2), Objects.ReplicaSet("broken", 1, 0)]);
        sizes.ShouldBe(new Dictionary<string, int> { ["broken"] = 0 }, ignoreOrder: true);
    }

    [Fact]
    public void A_count_of_available_pods_that_lags_behind_a_shrunk_set_takes_no_more_pods()
    {
        // The old set was shrunk from 3 to 2 a moment ago; its status still tells of 3.
        var old = Objects.ReplicaSet("old", 2, 3);
        Scaling.OldSetSizes(Objects.Deployment(3, "1", "0"), Objects.ReplicaSet("new", 1, 1), [old]).ShouldBeEmpty();
    }

    [Fact]
    public void A_scale_outside_of_a_rollout_changes_the_one_active_set() =>
        Scaling.Proportional(Objects.Deployment(5), Objects.ReplicaSet("new", 3, 3), [Objects.ReplicaSet("old", 0, 0)])
            .ShouldBe(new Dictionary<string, int> { ["new"] = 5 });

    [Fact]
    public void A_scale_in_the_middle_of_a_rollout_gives_every_set_its_share()
    {
        // Ten pods and a surge of three, 8 old and 5 new; scaled to fifteen: 19 pods are allowed now (Kubernetes documentation's example).
        (string, string) before = (ReplicaSetAnnotations.MaxReplicas, "13");
        var sizes = Scaling.Proportional(
            Objects.Deployment(15, "3", "2"),
            Objects.ReplicaSet("new", 5, 0, age: 1, annotations: before),
            [Objects.ReplicaSet("old", 8, 8, age: 9, annotations: before)]);
        sizes.ShouldBe(new Dictionary<string, int> { ["old"] = 11, ["new"] = 7 }, ignoreOrder: true);
    }

    [Fact]
    public void Scaled_to_zero_every_set_becomes_empty() =>
        Scaling.Proportional(Objects.Deployment(0), Objects.ReplicaSet("new", 2, 1), [Objects.ReplicaSet("old", 2, 2)])
            .Values.ShouldAllBe(size => size == 0);

    [Fact]
    public void A_rollout_simulated_step_by_step_never_breaks_its_limits_and_ends()
    {
        foreach (var (replicas, surge, unavailable) in new[] { (1, "1", "0"), (3, "1", "0"), (3, "0", "1"), (10, "25%", "25%"), (7, "100%", "0") })
        {
            var deployment = Objects.Deployment(replicas, surge, unavailable);
            var limits = RollingUpdate.Of(deployment);
            var (newSet, old) = (Objects.ReplicaSet("new", 0, 0), Objects.ReplicaSet("old", replicas, replicas));
            for (var step = 0; old.Spec.Replicas > 0 || newSet.Status.AvailableReplicas < replicas; step++)
            {
                step.ShouldBeLessThan(100);
                newSet = Sized(newSet, Scaling.NewSetSize(deployment, newSet, [old]), newSet.Status.AvailableReplicas!.Value);
                if (Scaling.OldSetSizes(deployment, newSet, [old]).TryGetValue("old", out var size))
                    old = Sized(old, size, Math.Min(size, old.Status.AvailableReplicas!.Value));
                (newSet.Spec.Replicas + old.Spec.Replicas).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(replicas + limits.MaxSurge);
                (newSet.Status.AvailableReplicas + old.Status.AvailableReplicas).ShouldNotBeNull()
                    .ShouldBeGreaterThanOrEqualTo(replicas - limits.MaxUnavailable);
                if (newSet.Status.AvailableReplicas < newSet.Spec.Replicas)
                    newSet = Sized(newSet, newSet.Spec.Replicas!.Value, newSet.Status.AvailableReplicas.Value + 1);
            }
        }
    }

    private static V1ReplicaSet Sized(V1ReplicaSet set, int size, int available) =>
        Objects.ReplicaSet(set.Metadata.Name, size, available);
}

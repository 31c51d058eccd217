using k8s.Models;

using AeroGrid.Node.Controllers.ReplicaSets;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>The status that a Deployment should have, from its ReplicaSets. Pure.</summary>
internal static class DeploymentProgress
{
    private const int DefaultDeadline = 600;

    /// <summary>The numbers and the conditions Available, Progressing and ReplicaFailure.</summary>
    /// <param name="deployment">The Deployment as it was read.</param>
    /// <param name="history">Its sets, as they are after this pass.</param>
    /// <param name="conditions">The conditions as far as this pass has set them.</param>
    /// <param name="collisionCount">How many names of sets were taken by others.</param>
    /// <param name="now">The present.</param>
    public static V1DeploymentStatus Of(
        V1Deployment deployment, ReplicaSetHistory history, DeploymentConditions conditions, int? collisionCount, DateTimeOffset now)
    {
        var status = Numbers(deployment, history) with { CollisionCount = collisionCount };
        SetAvailable(deployment, status, conditions);
        if (!HasDeadline(deployment))
            conditions.Remove(DeploymentConditions.Progressing);
        else if (deployment.Spec.Paused != true)
            SetProgressing(deployment, history, status, conditions, now);
        SetReplicaFailure(history, conditions);
        return status with { Conditions = [.. conditions.Items] };
    }

    /// <summary>Whether all pods are of the present template, available, and no old one is left.</summary>
    public static bool IsComplete(V1Deployment deployment, V1DeploymentStatus status) =>
        status.UpdatedReplicas == deployment.Replicas()
        && status.Replicas == deployment.Replicas()
        && status.AvailableReplicas == deployment.Replicas()
        && status.ObservedGeneration >= (deployment.Metadata.Generation ?? 0);

    /// <summary>When the rollout runs out of time unless it goes on; null when it is complete, paused, failed or without a deadline.</summary>
    public static TimeSpan? UntilDeadline(V1Deployment deployment, V1DeploymentStatus status, DateTimeOffset now)
    {
        if (!HasDeadline(deployment) || deployment.Spec.Paused == true || IsComplete(deployment, status))
            return null;
        var progressing = status.Conditions?.FirstOrDefault(static condition => condition.Type == DeploymentConditions.Progressing);
        if (progressing is null or { Reason: DeploymentConditions.ProgressDeadlineExceeded or DeploymentConditions.NewReplicaSetAvailable })
            return null;

        // One second more: the deadline must have passed on a clock that counts whole seconds.
        var left = (progressing.LastUpdateTime ?? now.UtcDateTime) + Deadline(deployment) + TimeSpan.FromSeconds(1) - now.UtcDateTime;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Whether two statuses say the same.</summary>
    public static bool Same(V1DeploymentStatus? left, V1DeploymentStatus right) =>
        left is not null
        && left.ObservedGeneration == right.ObservedGeneration
        && left.CollisionCount == right.CollisionCount
        && (left.Replicas ?? 0) == right.Replicas
        && (left.UpdatedReplicas ?? 0) == right.UpdatedReplicas
        && (left.ReadyReplicas ?? 0) == right.ReadyReplicas
        && (left.AvailableReplicas ?? 0) == right.AvailableReplicas
        && (left.UnavailableReplicas ?? 0) == right.UnavailableReplicas
        && (left.Conditions ?? []).SequenceEqual(right.Conditions ?? []);

    private static V1DeploymentStatus Numbers(V1Deployment deployment, ReplicaSetHistory history)
    {
        List<V1ReplicaSet> all = [.. history.All];
        var available = all.Sum(static set => set.Status?.AvailableReplicas ?? 0);
        return new()
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = all.Sum(static set => set.Status?.Replicas ?? 0),
            UpdatedReplicas = history.New?.Status?.Replicas ?? 0,
            ReadyReplicas = all.Sum(static set => set.Status?.ReadyReplicas ?? 0),
            AvailableReplicas = available,
            UnavailableReplicas = Math.Max(0, all.Sum(static set => set.Replicas()) - available),
        };
    }

    private static void SetAvailable(V1Deployment deployment, V1DeploymentStatus status, DeploymentConditions conditions)
    {
        if (status.AvailableReplicas >= deployment.Replicas() - RollingUpdate.Of(deployment).MaxUnavailable)
        {
            conditions.Set(
                DeploymentConditions.Available, true, DeploymentConditions.MinimumReplicasAvailable, "Deployment has minimum availability.");
        }
        else
        {
            conditions.Set(
                DeploymentConditions.Available,
                false,
                DeploymentConditions.MinimumReplicasUnavailable,
                "Deployment does not have minimum availability.");
        }
    }

    private static void SetProgressing(
        V1Deployment deployment, ReplicaSetHistory history, V1DeploymentStatus status, DeploymentConditions conditions, DateTimeOffset now)
    {
        var present = conditions.Find(DeploymentConditions.Progressing);

        // A rollout that is complete stays so while pods come and go: no deadline starts when one of them is restarted.
        if (status.Replicas == status.UpdatedReplicas && present?.Reason == DeploymentConditions.NewReplicaSetAvailable)
            return;
        var what = history.New is { } set ? $"ReplicaSet \"{set.Metadata.Name}\"" : $"Deployment \"{deployment.Metadata.Name}\"";
        if (IsComplete(deployment, status))
        {
            conditions.Set(
                DeploymentConditions.Progressing, true, DeploymentConditions.NewReplicaSetAvailable, $"{what} has successfully progressed.");
        }
        else if (GoesOn(deployment.Status, status) || present?.Reason == DeploymentConditions.NewReplicaSetAvailable)
        {
            // The condition of the last rollout is still there when the pass that began this one met a conflict: the clock starts now.
            conditions.Progressed(DeploymentConditions.ReplicaSetUpdated, $"{what} is progressing.");
        }
        else if (IsTimedOut(deployment, present, now))
        {
            conditions.Set(
                DeploymentConditions.Progressing, false, DeploymentConditions.ProgressDeadlineExceeded, $"{what} has timed out progressing.");
        }
    }

    /// <summary>More new pods, fewer old ones, or more that are ready or available.</summary>
    private static bool GoesOn(V1DeploymentStatus? before, V1DeploymentStatus now)
    {
        var (updatedBefore, totalBefore) = (before?.UpdatedReplicas ?? 0, before?.Replicas ?? 0);
        return now.UpdatedReplicas > updatedBefore
            || now.Replicas - now.UpdatedReplicas < totalBefore - updatedBefore
            || now.ReadyReplicas > (before?.ReadyReplicas ?? 0)
            || now.AvailableReplicas > (before?.AvailableReplicas ?? 0);
    }

    private static bool IsTimedOut(V1Deployment deployment, V1DeploymentCondition? progressing, DateTimeOffset now) => progressing switch
    {
        null or { Reason: DeploymentConditions.NewReplicaSetAvailable or DeploymentConditions.DeploymentPaused } => false,
        { Reason: DeploymentConditions.ProgressDeadlineExceeded } => true,
        _ => (progressing.LastUpdateTime ?? progressing.LastTransitionTime) + Deadline(deployment) < now.UtcDateTime,
    };

    private static void SetReplicaFailure(ReplicaSetHistory history, DeploymentConditions conditions)
    {
        V1ReplicaSetCondition? failure = null;
        foreach (var set in history.All.Reverse())
        {
            failure = set.Status?.Conditions?.FirstOrDefault(
                static condition => condition is { Type: ReplicaSetStatuses.ReplicaFailure, Status: "True" });
            if (failure is not null)
                break;
        }

        if (failure is null)
            conditions.Remove(DeploymentConditions.ReplicaFailure);
        else
            conditions.Set(DeploymentConditions.ReplicaFailure, true, failure.Reason, failure.Message);
    }

    private static bool HasDeadline(V1Deployment deployment) => deployment.Spec.ProgressDeadlineSeconds != int.MaxValue;

    private static TimeSpan Deadline(V1Deployment deployment) =>
        TimeSpan.FromSeconds(deployment.Spec.ProgressDeadlineSeconds ?? DefaultDeadline);
}

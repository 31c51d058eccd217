using k8s.Models;

using AeroGrid.Node.Controllers.Ownership;
using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.ReplicaSets;

/// <summary>The status that a ReplicaSet should have, from its pods.</summary>
internal static class ReplicaSetStatuses
{
    public const string ReplicaFailure = "ReplicaFailure";

    /// <param name="set">The ReplicaSet.</param>
    /// <param name="active">Its pods that are neither ended nor ending.</param>
    /// <param name="failure">Why pods could not be created or deleted in this pass; null when they could.</param>
    /// <param name="now">The present.</param>
    /// <param name="nextAvailable">When, at the earliest, another pod becomes available by time alone; null when none will.</param>
    public static V1ReplicaSetStatus Of(
        V1ReplicaSet set, IReadOnlyCollection<V1Pod> active, ReplicaFailure? failure, DateTimeOffset now, out TimeSpan? nextAvailable)
    {
        var minReady = TimeSpan.FromSeconds(set.Spec.MinReadySeconds ?? 0);
        var (ready, available, fullyLabeled) = (0, 0, 0);
        nextAvailable = null;
        foreach (var pod in active)
        {
            if (LabelSelectors.HasAll(set.Spec.Template?.Metadata?.Labels, pod.Metadata.Labels))
                fullyLabeled++;
            if (pod.UntilAvailable(minReady, now) is not { } wait)
                continue;
            ready++;
            if (wait == TimeSpan.Zero)
                available++;
            else if (nextAvailable is null || wait < nextAvailable)
                nextAvailable = wait;
        }

        return (set.Status ?? new()) with
        {
            Replicas = active.Count,
            FullyLabeledReplicas = fullyLabeled,
            ReadyReplicas = ready,
            AvailableReplicas = available,
            ObservedGeneration = set.Metadata.Generation,
            Conditions = Conditions(set.Status?.Conditions, failure, now),
        };
    }

    /// <summary>Whether two statuses say the same.</summary>
    public static bool Same(V1ReplicaSetStatus? left, V1ReplicaSetStatus right) =>
        left is not null
        && left.Replicas == right.Replicas
        && (left.FullyLabeledReplicas ?? 0) == right.FullyLabeledReplicas
        && (left.ReadyReplicas ?? 0) == right.ReadyReplicas
        && (left.AvailableReplicas ?? 0) == right.AvailableReplicas
        && left.ObservedGeneration == right.ObservedGeneration
        && (left.Conditions ?? []).SequenceEqual(right.Conditions ?? []);

    private static IList<V1ReplicaSetCondition>? Conditions(IList<V1ReplicaSetCondition>? present, ReplicaFailure? failure, DateTimeOffset now)
    {
        var old = present?.FirstOrDefault(condition => condition.Type == ReplicaFailure);
        if (failure is null)
            return old is null ? present : [.. present!.Where(condition => condition.Type != ReplicaFailure)];
        if (old is not null && old.Reason == failure.Reason && old.Message == failure.Message)
            return present;
        return
        [
            .. (present ?? []).Where(condition => condition.Type != ReplicaFailure),
            new()
            {
                Type = ReplicaFailure,
                Status = "True",
                Reason = failure.Reason,
                Message = failure.Message,
                LastTransitionTime = ApiTime.From(now),
            },
        ];
    }
}

/// <summary>Why the wanted number of pods could not be reached.</summary>
/// <param name="Reason"><c>FailedCreate</c> or <c>FailedDelete</c>.</param>
/// <param name="Message">The server's words.</param>
internal sealed record ReplicaFailure(string Reason, string Message);

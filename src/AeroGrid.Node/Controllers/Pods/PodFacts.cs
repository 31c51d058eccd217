using k8s.Models;

namespace AeroGrid.Node.Controllers.Pods;

/// <summary>What controllers ask of a pod's status.</summary>
internal static class PodFacts
{
    /// <summary>The pod ended for good: its containers are not started again.</summary>
    public static bool IsTerminal(this V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    /// <summary>Somebody asked for its end.</summary>
    public static bool IsDeleting(this V1Pod pod) => pod.Metadata.DeletionTimestamp is not null;

    /// <summary>It counts as a replica: neither ended nor about to.</summary>
    public static bool IsActive(this V1Pod pod) => !pod.IsTerminal() && !pod.IsDeleting();

    /// <summary>Its condition <c>Ready</c> is True.</summary>
    public static bool IsReady(this V1Pod pod) => pod.Condition("Ready")?.Status == "True";

    /// <summary>The condition of a type, or null.</summary>
    public static V1PodCondition? Condition(this V1Pod pod, string type)
    {
        var conditions = pod.Status?.Conditions;
        if (conditions is null)
            return null;
        foreach (var condition in conditions)
        {
            if (condition.Type == type)
                return condition;
        }

        return null;
    }

    /// <summary>
    /// How long until the pod has been ready for <paramref name="minReady"/>: zero when it is available, null when it is not ready at all.
    /// </summary>
    public static TimeSpan? UntilAvailable(this V1Pod pod, TimeSpan minReady, DateTimeOffset now)
    {
        if (!pod.IsReady())
            return null;
        if (minReady <= TimeSpan.Zero)
            return TimeSpan.Zero;
        if (pod.Condition("Ready")!.LastTransitionTime is not { } since)
            return minReady;
        var left = since + minReady - now.UtcDateTime;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>How often its containers were restarted, all together.</summary>
    public static int Restarts(this V1Pod pod)
    {
        var restarts = 0;
        foreach (var status in pod.Status?.ContainerStatuses ?? [])
            restarts += status.RestartCount;
        return restarts;
    }
}

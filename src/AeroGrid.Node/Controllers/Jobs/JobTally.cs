using k8s.Models;

using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>
/// What a Job's pods amount to. Every outcome counts once, however often the pods are looked at and whenever the process is killed: a pod
/// keeps its finalizer until its uid is in <c>status.uncountedTerminatedPods</c>, and leaves that list for the counters only after the
/// finalizer is gone (KEP-2307, "Job tracking without lingering Pods"). Pure.
/// </summary>
internal sealed class JobTally
{
    private JobTally()
    {
    }

    /// <summary>Pods that work or will.</summary>
    public List<V1Pod> Active { get; } = [];

    /// <summary>How many of those are ready.</summary>
    public int Ready { get; private set; }

    /// <summary>Pods that are being deleted and have not ended.</summary>
    public int Terminating { get; private set; }

    /// <summary>Ended well, and in neither the list nor the counter.</summary>
    public List<V1Pod> NewlySucceeded { get; } = [];

    /// <summary>Ended badly, and in neither the list nor the counter.</summary>
    public List<V1Pod> NewlyFailed { get; } = [];

    /// <summary>Ended in a way that does not count.</summary>
    public List<V1Pod> Ignored { get; } = [];

    /// <summary>All that succeeded, counted or not.</summary>
    public int Succeeded { get; private set; }

    /// <summary>All that failed, counted or not.</summary>
    public int Failed { get; private set; }

    /// <summary>Why the Job has failed by its pod failure policy; null when it has not.</summary>
    public string? FailedByPolicy { get; private set; }

    /// <summary>The completed indexes, of an indexed Job.</summary>
    public SortedSet<int> CompletedIndexes { get; private init; } = [];

    /// <summary>How often containers were restarted in pods that restart them.</summary>
    public int Restarts { get; private set; }

    /// <summary>Failures since the last success, for the back-off; and when the latest was.</summary>
    public (int Count, DateTime? Last) FailuresInARow { get; private set; }

    /// <summary>Counts.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="pods">All its pods.</param>
    /// <param name="isCountable">Whether a pod has its finalizer for certain, and the finalizer can be removed once the outcome is noted.</param>
    public static JobTally Of(V1Job job, IReadOnlyList<V1Pod> pods, Func<V1Pod, bool> isCountable)
    {
        var listed = job.Status?.UncountedTerminatedPods;
        HashSet<string> listedUids = [.. listed?.Succeeded ?? [], .. listed?.Failed ?? []];
        var tally = new JobTally { CompletedIndexes = CompletionIndexes.Parse(job.Status?.CompletedIndexes) };
        foreach (var pod in pods)
        {
            var tracked = isCountable(pod) && !listedUids.Contains(pod.Metadata.Uid ?? "");
            tally.Add(job, pod, tracked);
        }

        tally.Succeeded = (job.Status?.Succeeded ?? 0) + (listed?.Succeeded?.Count ?? 0) + tally.NewlySucceeded.Count;
        tally.Failed = (job.Status?.Failed ?? 0) + (listed?.Failed?.Count ?? 0) + tally.NewlyFailed.Count;
        if (CompletionIndexes.AreUsed(job))
            tally.Succeeded = tally.CompletedIndexes.Count;
        tally.FailuresInARow = InARow(pods);
        return tally;
    }

    /// <summary>A pod was created after the count. Thread-safe towards itself and <see cref="Deleted"/>.</summary>
    public void Created(V1Pod pod)
    {
        lock (Active)
            Active.Add(pod);
    }

    /// <summary>An active pod was deleted after the count.</summary>
    public void Deleted(V1Pod pod)
    {
        lock (Active)
        {
            if (Active.Remove(pod))
                Terminating++;
        }
    }

    /// <summary>When a pod ended, as well as its status tells.</summary>
    public static DateTime? EndOf(V1Pod pod)
    {
        DateTime? end = null;
        foreach (var container in pod.Status?.ContainerStatuses ?? [])
        {
            if (container.State?.Terminated?.FinishedAt is { } finished && (end is null || finished > end))
                end = finished;
        }

        return end ?? pod.Metadata.DeletionTimestamp ?? pod.Condition("Ready")?.LastTransitionTime ?? pod.Metadata.CreationTimestamp;
    }

    private static (int Count, DateTime? Last) InARow(IReadOnlyList<V1Pod> pods)
    {
        var lastSuccess = pods.Where(static pod => pod.Status?.Phase == "Succeeded").Max(EndOf);
        var failures = pods.Where(static pod => pod.Status?.Phase == "Failed")
            .Select(EndOf)
            .Where(end => lastSuccess is null || end > lastSuccess)
            .ToList();
        return (failures.Count, failures.Max());
    }

    private void Add(V1Job job, V1Pod pod, bool tracked)
    {
        switch (pod.Status?.Phase)
        {
            case "Succeeded":
                if (tracked)
                    AddSuccess(job, pod);
                return;
            case "Failed":
                if (tracked)
                    AddFailure(job, pod);
                return;
        }

        if (!pod.IsDeleting())
        {
            Active.Add(pod);
            if (pod.IsReady())
                Ready++;
            if (job.Spec.Template.Spec.RestartPolicy == "OnFailure")
                Restarts += pod.Restarts();
            return;
        }

        Terminating++;

        // A deleted pod may never reach an end that could be counted, so it counts now; unless its end has to be waited for
        // (podReplacementPolicy), or it is gone only because the Job was suspended.
        if (!tracked || job.Spec.PodReplacementPolicy == "Failed")
            return;
        if (job.Spec.Suspend == true)
            Ignored.Add(pod);
        else
            NewlyFailed.Add(pod);
    }

    private void AddSuccess(V1Job job, V1Pod pod)
    {
        if (!CompletionIndexes.AreUsed(job))
            NewlySucceeded.Add(pod);
        else if (CompletionIndexes.Of(pod) is { } index && index < (job.Spec.Completions ?? 0) && CompletedIndexes.Add(index))
            NewlySucceeded.Add(pod);
        else
            Ignored.Add(pod);
    }

    private void AddFailure(V1Job job, V1Pod pod)
    {
        var (action, message) = PodFailurePolicy.Decide(job, pod);
        if (action == FailureAction.Ignore || job.Spec.Suspend == true)
            Ignored.Add(pod);
        else
            NewlyFailed.Add(pod);
        FailedByPolicy ??= message;
    }
}

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>
/// Writes a Job's status so that every outcome is counted exactly once: first the uids of pods that ended, then their finalizers go, then
/// the uids become counts. Every write is bound to the version that it was computed from; a stale one is a conflict and the whole pass
/// begins again.
/// </summary>
internal sealed class JobStatusWriter(ResourceClient client, JobFinalizers finalizers, TimeProvider time)
{
    private static readonly WriteOptions Write = new() { Subresource = "status", FieldManager = "job-controller" };

    /// <summary>Counts what has ended and says how the Job stands.</summary>
    /// <returns>The Job as it is now.</returns>
    public async Task<V1Job> WriteAsync(V1Job job, JobTally tally, JobEnd? end, CancellationToken cancellationToken)
    {
        var listed = WithUncounted(job.Status ?? new(), tally);
        var uncounted = listed.UncountedTerminatedPods;
        if (tally.NewlySucceeded.Count + tally.NewlyFailed.Count > 0)
            job = await WriteAsync(job, Present(job, listed, tally, end), cancellationToken).ConfigureAwait(false);
        List<string> all = [.. uncounted?.Succeeded ?? [], .. uncounted?.Failed ?? []];
        var pods = finalizers.TrackedBy(ObjectKey.Of(job)).Where(pod => all.Contains(pod.Metadata.Uid)).Concat(tally.Ignored).ToList();
        await finalizers.ReleaseAsync(pods, cancellationToken).ConfigureAwait(false);

        var counted = (job.Status ?? new()) with
        {
            Succeeded = (job.Status?.Succeeded ?? 0) + (uncounted?.Succeeded?.Count ?? 0),
            Failed = (job.Status?.Failed ?? 0) + (uncounted?.Failed?.Count ?? 0),
            UncountedTerminatedPods = new(),
        };
        var status = Finish(job, Present(job, counted, tally, end), tally, end);
        return Same(job.Status, status) ? job : await WriteAsync(job, status, cancellationToken).ConfigureAwait(false);
    }

    private static V1JobStatus WithUncounted(V1JobStatus status, JobTally tally) => status with
    {
        UncountedTerminatedPods = new()
        {
            Succeeded = [.. status.UncountedTerminatedPods?.Succeeded ?? [], .. tally.NewlySucceeded.Select(static pod => pod.Metadata.Uid)],
            Failed = [.. status.UncountedTerminatedPods?.Failed ?? [], .. tally.NewlyFailed.Select(static pod => pod.Metadata.Uid)],
        },
        CompletedIndexes = tally.CompletedIndexes.Count > 0 ? CompletionIndexes.Format(tally.CompletedIndexes) : status.CompletedIndexes,
    };

    /// <summary>What can be said at once: numbers of the present, start, suspension, and how the Job is going to end.</summary>
    private V1JobStatus Present(V1Job job, V1JobStatus status, JobTally tally, JobEnd? end)
    {
        var now = ApiTime.Now(time);
        var conditions = status.Conditions;
        var start = status.StartTime;
        var wasSuspended = JobConditions.True(conditions, JobConditions.Suspended) is not null;
        if (end is not null)
        {
            conditions = JobConditions.With(
                conditions,
                end.Succeeded ? JobConditions.SuccessCriteriaMet : JobConditions.FailureTarget,
                true,
                end.Reason,
                end.Message,
                now);
        }
        else if (job.Spec.Suspend == true)
        {
            conditions = JobConditions.With(conditions, JobConditions.Suspended, true, JobConditions.JobSuspended, "Job suspended", now);
            start = null;
        }
        else
        {
            if (wasSuspended)
                conditions = JobConditions.With(conditions, JobConditions.Suspended, false, JobConditions.JobResumed, "Job resumed", now);
            start ??= now;
        }

        return status with
        {
            Active = tally.Active.Count,
            Ready = tally.Ready,
            Terminating = tally.Terminating,
            StartTime = start,
            Conditions = conditions,
        };
    }

    /// <summary>The end is told when nothing runs any more: who sees it may take what the pods used.</summary>
    private V1JobStatus Finish(V1Job job, V1JobStatus status, JobTally tally, JobEnd? end)
    {
        if (end is null || tally.Active.Count + tally.Terminating > 0)
            return status;
        var now = ApiTime.Now(time);
        return status with
        {
            Ready = 0,
            StartTime = status.StartTime ?? now,
            CompletionTime = end.Succeeded ? now : job.Status?.CompletionTime,
            Conditions = JobConditions.With(
                status.Conditions, end.Succeeded ? JobConditions.Complete : JobConditions.Failed, true, end.Reason, end.Message, now),
        };
    }

    private async Task<V1Job> WriteAsync(V1Job job, V1JobStatus status, CancellationToken cancellationToken)
    {
        var written = job with { Status = status, Metadata = job.Metadata with { ManagedFields = null } };
        return await client.ReplaceStatusAsync(written, Write, cancellationToken).ConfigureAwait(false);
    }

    private static bool Same(V1JobStatus? left, V1JobStatus right) =>
        left is not null
        && (left.Active ?? 0) == (right.Active ?? 0)
        && (left.Ready ?? 0) == (right.Ready ?? 0)
        && (left.Terminating ?? 0) == (right.Terminating ?? 0)
        && (left.Succeeded ?? 0) == (right.Succeeded ?? 0)
        && (left.Failed ?? 0) == (right.Failed ?? 0)
        && left.StartTime == right.StartTime
        && left.CompletionTime == right.CompletionTime
        && (left.CompletedIndexes ?? "") == (right.CompletedIndexes ?? "")
        && (left.UncountedTerminatedPods?.Succeeded ?? []).SequenceEqual(right.UncountedTerminatedPods?.Succeeded ?? [])
        && (left.UncountedTerminatedPods?.Failed ?? []).SequenceEqual(right.UncountedTerminatedPods?.Failed ?? [])
        && (left.Conditions ?? []).SequenceEqual(right.Conditions ?? []);
}

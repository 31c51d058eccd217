using k8s.Models;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>How a Job ends.</summary>
/// <param name="Succeeded">Complete or Failed.</param>
/// <param name="Reason">For programs.</param>
/// <param name="Message">For a person.</param>
internal sealed record JobEnd(bool Succeeded, string Reason, string Message);

/// <summary>What is to be done about a Job. Pure: from its spec, its status and its pods to numbers.</summary>
/// <param name="End">How it ends, or null while it goes on. No pod may be active any more then.</param>
/// <param name="WantActive">How many pods shall be active.</param>
/// <param name="CreateAfter">How long to wait before the next pod is created, after failures.</param>
/// <param name="LookAgain">When time alone can change the decision.</param>
internal sealed record JobDecision(JobEnd? End, int WantActive, TimeSpan CreateAfter, TimeSpan? LookAgain)
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(6);

    private const int DefaultBackoffLimit = 6;

    /// <summary>Decides.</summary>
    public static JobDecision For(V1Job job, JobTally tally, DateTimeOffset now)
    {
        var spec = job.Spec;
        if (EndOf(job, tally, now) is { } end)
            return new(end, 0, TimeSpan.Zero, null);
        TimeSpan? deadline = spec.ActiveDeadlineSeconds is { } seconds && job.Status?.StartTime is { } started && spec.Suspend != true
            ? started.AddSeconds(seconds) - now.UtcDateTime
            : null;
        if (spec.Suspend == true)
            return new(null, 0, TimeSpan.Zero, null);

        var parallelism = spec.Parallelism ?? 1;
        var want = spec.Completions is { } completions
            ? Math.Max(0, Math.Min(parallelism, completions - tally.Succeeded))
            : tally.Succeeded > 0 ? Math.Min(parallelism, tally.Active.Count) : parallelism;

        // With this policy a pod is replaced only when it has really ended.
        if (spec.PodReplacementPolicy == "Failed")
            want = Math.Max(0, want - tally.Terminating);
        var wait = want > tally.Active.Count ? BackoffLeft(tally, now) : TimeSpan.Zero;
        var again = wait > TimeSpan.Zero && (deadline is null || wait < deadline) ? wait : deadline;
        return new(null, want, wait, again);
    }

    private static JobEnd? EndOf(V1Job job, JobTally tally, DateTimeOffset now)
    {
        var spec = job.Spec;
        if (JobConditions.True(job.Status?.Conditions, JobConditions.FailureTarget) is { } failing)
            return new(false, failing.Reason, failing.Message);
        if (JobConditions.True(job.Status?.Conditions, JobConditions.SuccessCriteriaMet) is { } succeeding)
            return new(true, succeeding.Reason, succeeding.Message);
        if (Unsupported(spec) is { } field)
            return new(false, JobConditions.NotSupported, $"spec.{field} is not supported: remove it, or run this Job on a cluster.");
        if (tally.FailedByPolicy is { } message)
            return new(false, JobConditions.PodFailurePolicyReason, message);

        var limit = spec.BackoffLimit ?? DefaultBackoffLimit;
        if (tally.Failed > limit || (tally.Restarts > 0 && tally.Restarts >= limit))
            return new(false, JobConditions.BackoffLimitExceeded, "Job has reached the specified backoff limit");
        var complete = spec.Completions is { } completions
            ? tally.Succeeded >= completions
            : tally.Succeeded > 0 && tally.Active.Count == 0;
        if (complete)
            return new(true, JobConditions.CompletionsReached, "Reached expected number of succeeded pods");
        if (spec.ActiveDeadlineSeconds is { } seconds
            && spec.Suspend != true
            && job.Status?.StartTime is { } started
            && now.UtcDateTime - started >= TimeSpan.FromSeconds(seconds))
        {
            return new(false, JobConditions.DeadlineExceeded, "Job was active longer than specified deadline");
        }

        return null;
    }

    private static string? Unsupported(V1JobSpec spec)
    {
        if (spec.BackoffLimitPerIndex is not null)
            return "backoffLimitPerIndex";
        if (spec.MaxFailedIndexes is not null)
            return "maxFailedIndexes";
        return spec.SuccessPolicy is not null ? "successPolicy" : null;
    }

    private static TimeSpan BackoffLeft(JobTally tally, DateTimeOffset now)
    {
        var (count, last) = tally.FailuresInARow;
        if (count == 0 || last is not { } since)
            return TimeSpan.Zero;
        var full = TimeSpan.FromSeconds(
            Math.Min(FirstBackoff.TotalSeconds * Math.Pow(2, Math.Min(count - 1, 30)), LongestBackoff.TotalSeconds));
        var left = since + full - now.UtcDateTime;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

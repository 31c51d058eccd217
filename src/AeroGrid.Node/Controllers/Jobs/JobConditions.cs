using k8s.Models;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>The conditions of a Job and their reasons (Kubernetes documentation, "Jobs: Job termination and cleanup").</summary>
internal static class JobConditions
{
    public const string Complete = "Complete";
    public const string Failed = "Failed";
    public const string Suspended = "Suspended";

    /// <summary>The Job will be Complete when its last pod has ended.</summary>
    public const string SuccessCriteriaMet = "SuccessCriteriaMet";

    /// <summary>The Job will be Failed when its last pod has ended.</summary>
    public const string FailureTarget = "FailureTarget";

    public const string CompletionsReached = "CompletionsReached";
    public const string BackoffLimitExceeded = "BackoffLimitExceeded";
    public const string DeadlineExceeded = "DeadlineExceeded";
    public const string PodFailurePolicyReason = "PodFailurePolicy";
    public const string NotSupported = "NotSupported";
    public const string JobSuspended = "JobSuspended";
    public const string JobResumed = "JobResumed";

    /// <summary>The condition of a type when it is True, or null.</summary>
    public static V1JobCondition? True(IEnumerable<V1JobCondition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type && condition.Status == "True");

    /// <summary>When a Job ended, either way; null while it has not.</summary>
    public static DateTime? FinishedAt(V1Job job) =>
        (True(job.Status?.Conditions, Complete) ?? True(job.Status?.Conditions, Failed)) is { } end
            ? end.LastTransitionTime ?? job.Status!.CompletionTime ?? job.Metadata.CreationTimestamp
            : null;

    /// <summary>A list with the condition in it; the same list when it says the same already.</summary>
    public static IList<V1JobCondition> With(
        IList<V1JobCondition>? conditions, string type, bool status, string reason, string message, DateTime now)
    {
        var text = status ? "True" : "False";
        var old = conditions?.FirstOrDefault(condition => condition.Type == type);
        if (old is not null && old.Status == text && old.Reason == reason && old.Message == message)
            return conditions!;
        var condition = new V1JobCondition
        {
            Type = type,
            Status = text,
            Reason = reason,
            Message = message,
            LastProbeTime = now,
            LastTransitionTime = old?.Status == text ? old.LastTransitionTime : now,
        };
        return [.. (conditions ?? []).Where(other => other.Type != type), condition];
    }
}

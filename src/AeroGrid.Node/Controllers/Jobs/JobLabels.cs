using k8s.Models;

using AeroGrid.ControllerRuntime.Objects;

using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>How a Job's pods are marked (Kubernetes documentation, "Well-Known Labels" and "Job tracking with finalizers").</summary>
internal static class JobLabels
{
    /// <summary>Keeps a pod until its outcome is counted in the Job's status.</summary>
    public const string TrackingFinalizer = "batch.kubernetes.io/job-tracking";

    public const string JobName = "batch.kubernetes.io/job-name";
    public const string ControllerUid = "batch.kubernetes.io/controller-uid";
    public const string CompletionIndex = "batch.kubernetes.io/job-completion-index";

    private const string OldJobName = "job-name";
    private const string OldControllerUid = "controller-uid";

    /// <summary>Whether the outcome of a pod is still to be counted.</summary>
    public static bool IsTracked(V1Pod pod) => Finalizers.Has(pod, TrackingFinalizer);

    /// <summary>The name of the Job that a pod belongs to, or belonged to before it was orphaned; null for other pods.</summary>
    public static string? JobOf(V1Pod pod)
    {
        if (OwnerReferences.ControllerOf(pod) is not null)
            return OwnerReferences.ControllerKey<V1Job>(pod)?.Name;
        string? name = null;
        pod.Metadata.Labels?.TryGetValue(JobName, out name);
        return name;
    }

    /// <summary>The next pod of a Job.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="index">Its number among the completions of an indexed Job; null for others.</param>
    public static V1Pod NewPod(V1Job job, int? index)
    {
        var pod = PodFactory.FromTemplate(job.Spec.Template, job);
        var labels = pod.Metadata.Labels ??= new Dictionary<string, string>(StringComparer.Ordinal);
        labels[JobName] = labels[OldJobName] = job.Metadata.Name;
        labels[ControllerUid] = labels[OldControllerUid] = job.Metadata.Uid;
        pod.Metadata.Finalizers = [.. pod.Metadata.Finalizers ?? [], TrackingFinalizer];
        if (index is { } number)
            CompletionIndexes.Mark(pod, job, number);
        return pod;
    }
}

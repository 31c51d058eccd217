using k8s.Models;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>What a failed pod means for its Job.</summary>
internal enum FailureAction
{
    /// <summary>It counts towards the back-off limit.</summary>
    Count,

    /// <summary>It does not count, and is replaced.</summary>
    Ignore,

    /// <summary>The Job has failed.</summary>
    FailJob,
}

/// <summary>Applies <c>spec.podFailurePolicy</c> (Kubernetes documentation, "Jobs: Pod failure policy"). Pure.</summary>
internal static class PodFailurePolicy
{
    /// <summary>The action of the first rule that fits, and for <see cref="FailureAction.FailJob"/> a message.</summary>
    public static (FailureAction Action, string? Message) Decide(V1Job job, V1Pod pod)
    {
        var rules = job.Spec.PodFailurePolicy?.Rules ?? [];
        for (var index = 0; index < rules.Count; index++)
        {
            if (Fit(rules[index], pod) is not { } what)
                continue;
            return rules[index].Action switch
            {
                "FailJob" => (FailureAction.FailJob, $"{what} for pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} matching FailJob rule at index {index}"),
                "Ignore" => (FailureAction.Ignore, null),
                _ => (FailureAction.Count, null),
            };
        }

        return (FailureAction.Count, null);
    }

    private static string? Fit(V1PodFailurePolicyRule rule, V1Pod pod)
    {
        if (rule.OnExitCodes is { } codes)
            return FitExitCode(codes, pod);
        foreach (var pattern in rule.OnPodConditions ?? [])
        {
            var condition = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == pattern.Type);
            if (condition is not null && condition.Status == (pattern.Status ?? "True"))
                return $"Condition {pattern.Type}";
        }

        return null;
    }

    private static string? FitExitCode(V1PodFailurePolicyOnExitCodesRequirement codes, V1Pod pod)
    {
        foreach (var container in (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []))
        {
            // Success is never a failure's reason, whatever NotIn says.
            if (container.State?.Terminated is not { ExitCode: not 0 and var code })
                continue;
            if (codes.ContainerName is { Length: > 0 } only && only != container.Name)
                continue;
            if (codes.Values.Contains(code) == (codes.OperatorProperty == "In"))
                return $"Container {container.Name} failed with exit code {code}";
        }

        return null;
    }
}

using k8s.Models;

using AeroGrid.Api;
using AeroGrid.Operator.Apps.Children;

namespace AeroGrid.Operator.Apps.Rollouts;

/// <summary>What is known about the roll-out of the newest version: everything that decides how it is going, and nothing else.</summary>
internal sealed record Rollout
{
    /// <summary>The Deployment as it was last seen or written.</summary>
    public required V1Deployment Deployment { get; init; }

    /// <summary>The pods of the Deployment's present template that are not on their way out.</summary>
    public required IReadOnlyList<V1Pod> NewPods { get; init; }

    /// <summary>The file that the app starts with, as people know it.</summary>
    public required string EntryPoint { get; init; }

    /// <summary>Whether nothing should run.</summary>
    public required bool IsStopped { get; init; }

    /// <summary>How many pods are wanted.</summary>
    public required int Wanted { get; init; }

    /// <summary>How long a pod may run without listening.</summary>
    public required TimeSpan StartTimeout { get; init; }

    /// <summary>When this was looked at.</summary>
    public required DateTimeOffset Now { get; init; }

    public static Rollout Of(AppRun run, DateTimeOffset now, TimeSpan startTimeout)
    {
        var template = AppDeployment.TemplateOf(run.Deployment);
        return new()
        {
            Deployment = run.Deployment!,
            NewPods = [.. run.Pods.Where(pod => pod.Metadata.Labels.TryGetValue(Labels.Template, out var hash) && hash == template)],
            EntryPoint = run.Runtime!.Spec.EntryPoint,
            IsStopped = run.IsStopped,
            Wanted = AppDeployment.Replicas(run),
            StartTimeout = startTimeout,
            Now = now,
        };
    }
}

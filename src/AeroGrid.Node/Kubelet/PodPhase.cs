using k8s.Models;

namespace AeroGrid.Node.Kubelet;

/// <summary>The phase of a pod from its containers' states, by the kubelet's rules (Kubernetes documentation, "Pod phase").</summary>
internal static class PodPhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";

    /// <summary>Whether nothing of a pod will run any more.</summary>
    public static bool IsFinal(string? phase) => phase is Succeeded or Failed;

    /// <summary>The phase.</summary>
    /// <param name="restartPolicy">Of the pod.</param>
    /// <param name="init">States of the init containers.</param>
    /// <param name="containers">States of the containers.</param>
    /// <param name="isEnding">Whether the pod is being ended, so that nothing is started again.</param>
    public static string Of(string? restartPolicy, IReadOnlyList<V1ContainerStatus> init, IReadOnlyList<V1ContainerStatus> containers, bool isEnding)
    {
        if (init.Any(status => status.State.Terminated is null or { ExitCode: not 0 }))
        {
            var failed = init.Any(status => status.State.Terminated is { ExitCode: not 0 });
            return failed && (restartPolicy == "Never" || isEnding) ? Failed : Pending;
        }

        if (containers.Any(status => status.State.Waiting is not null && status.LastState?.Terminated is null) && !isEnding)
            return Pending;
        if (containers.Any(status => status.State.Running is not null))
            return Running;
        if (containers.All(status => status.State.Terminated is { ExitCode: 0 }))
            return restartPolicy is "Always" or null && !isEnding ? Running : Succeeded;
        if (isEnding)
            return Failed;
        return restartPolicy == "Never" && containers.All(status => status.State.Terminated is not null) ? Failed : Running;
    }
}

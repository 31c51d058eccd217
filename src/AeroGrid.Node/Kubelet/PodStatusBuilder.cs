using k8s.Models;

namespace AeroGrid.Node.Kubelet;

/// <summary>Makes the status of a pod from what is known of its containers. A function of its arguments.</summary>
internal static class PodStatusBuilder
{
    private const string Address = "127.0.0.1";
    private static readonly string[] QosResources = ["cpu", "memory"];

    /// <summary>The status.</summary>
    /// <param name="pod">The pod as the API server has it now, for what others wrote into its status.</param>
    /// <param name="before">The status written last, whose transition times are kept.</param>
    /// <param name="records">All containers, init containers too.</param>
    /// <param name="startTime">When the node took the pod.</param>
    /// <param name="end">Why the pod has ended before its containers did, or null.</param>
    /// <param name="isEnding">Whether the pod is being ended.</param>
    /// <param name="now">The time of transitions.</param>
    public static V1PodStatus Build(
        V1Pod pod, V1PodStatus? before, IReadOnlyList<ContainerRecord> records, DateTime startTime, PodEnd? end, bool isEnding, DateTimeOffset now)
    {
        List<V1ContainerStatus> init = [.. records.Where(record => record.IsInit).Select(record => record.ToStatus())];
        List<V1ContainerStatus> containers = [.. records.Where(record => !record.IsInit).Select(record => record.ToStatus())];
        var phase = end is not null ? PodPhase.Failed : PodPhase.Of(pod.Spec.RestartPolicy, init, containers, isEnding);
        var status = new V1PodStatus
        {
            Phase = phase,
            Reason = end?.Reason,
            Message = end?.Message,
            HostIP = Address,
            HostIPs = [new() { Ip = Address }],
            PodIP = Address,
            PodIPs = [new() { Ip = Address }],
            StartTime = startTime,
            QosClass = pod.Status?.QosClass ?? QosClass(pod),
            InitContainerStatuses = init.Count > 0 ? init : null,
            ContainerStatuses = containers,
            Conditions = [],
        };
        var conditions = new ConditionWriter(status.Conditions, before?.Conditions ?? [], pod.Status?.Conditions ?? [], now);
        conditions.Keep("PodScheduled", fallback: true);
        AddInitialized(conditions, init, phase);
        AddReady(conditions, containers, phase, "ContainersReady");
        AddReady(conditions, containers, phase, "Ready", UnreadyGates(pod));
        conditions.KeepOthers();
        foreach (var finding in records.SelectMany(record => record.Findings).DistinctBy(finding => finding.Type))
            conditions.Set(finding.Type, false, finding.Reason, finding.Message);
        return status;
    }

    private static void AddInitialized(ConditionWriter conditions, List<V1ContainerStatus> init, string phase)
    {
        var incomplete = init.Where(status => !status.Ready).Select(status => status.Name).ToList();
        if (phase == PodPhase.Succeeded)
            conditions.Set("Initialized", true, "PodCompleted");
        else if (incomplete.Count == 0)
            conditions.Set("Initialized", true);
        else
            conditions.Set("Initialized", false, "ContainersNotInitialized", $"containers with incomplete status: [{string.Join(' ', incomplete)}]");
    }

    /// <summary>Conditions that other programs must set to True before the pod is ready (Kubernetes documentation, "Pod readiness").</summary>
    private static List<string> UnreadyGates(V1Pod pod) =>
        [.. (pod.Spec.ReadinessGates ?? []).Select(gate => gate.ConditionType).Where(type => pod.Status?.Conditions?.Any(condition => condition.Type == type && condition.Status == "True") != true)];

    private static void AddReady(ConditionWriter conditions, List<V1ContainerStatus> containers, string phase, string type, List<string>? gates = null)
    {
        var unready = containers.Where(status => !status.Ready).Select(status => status.Name).ToList();
        if (phase == PodPhase.Succeeded)
            conditions.Set(type, false, "PodCompleted");
        else if (phase == PodPhase.Failed)
            conditions.Set(type, false, "PodFailed");
        else if (unready.Count == 0 && gates is { Count: > 0 })
            conditions.Set(type, false, "ReadinessGatesNotReady", $"the status of pod readiness gate \"{gates[0]}\" is not \"True\"");
        else if (unready.Count == 0)
            conditions.Set(type, true);
        else
            conditions.Set(type, false, "ContainersNotReady", $"containers with unready status: [{string.Join(' ', unready)}]");
    }

    /// <summary>Kubernetes documentation, "Pod Quality of Service Classes". The API server usually has set it.</summary>
    private static string QosClass(V1Pod pod)
    {
        var resources = pod.Spec.Containers.Select(container => container.Resources).ToList();
        if (resources.All(r => r?.Limits is not { Count: > 0 } && r?.Requests is not { Count: > 0 }))
            return "BestEffort";
        return resources.All(IsGuaranteed) ? "Guaranteed" : "Burstable";

        static bool IsGuaranteed(V1ResourceRequirements? r) => QosResources.All(name =>
            r?.Limits?.TryGetValue(name, out var limit) == true
            && (r.Requests?.TryGetValue(name, out var request) != true || request!.ToDecimal() == limit.ToDecimal()));
    }

    /// <param name="target">What is made.</param>
    /// <param name="written">What this node wrote last.</param>
    /// <param name="seen">What the API server had when it was last seen: with the conditions of other programs, which must not be lost.</param>
    /// <param name="now">The time of transitions.</param>
    private sealed class ConditionWriter(IList<V1PodCondition> target, IList<V1PodCondition> written, IList<V1PodCondition> seen, DateTimeOffset now)
    {
        public void Set(string type, bool value, string? reason = null, string? message = null)
        {
            var status = value ? "True" : "False";
            var old = Old(type);
            target.Add(new()
            {
                Type = type,
                Status = status,
                Reason = reason,
                Message = message,
                LastProbeTime = old?.LastProbeTime,
                LastTransitionTime = old?.Status == status ? old.LastTransitionTime : WholeSeconds.Of(now),
            });
        }

        public void Keep(string type, bool fallback)
        {
            if (Old(type) is { } old)
                target.Add(old);
            else
                Set(type, fallback);
        }

        private V1PodCondition? Old(string type) =>
            written.FirstOrDefault(condition => condition.Type == type) ?? seen.FirstOrDefault(condition => condition.Type == type);

        /// <summary>Conditions that other programs wrote (readiness gates) stay.</summary>
        public void KeepOthers()
        {
            foreach (var other in seen.Where(condition => !condition.Type.StartsWith(Finding.Prefix, StringComparison.Ordinal) && target.All(own => own.Type != condition.Type)))
                target.Add(other);
        }
    }
}

/// <summary>Why the node ended a pod: reason and message of its status.</summary>
internal sealed record PodEnd(string Reason, string Message);

/// <summary><c>metav1.Time</c> holds whole seconds: more would come back from the server as another value.</summary>
internal static class WholeSeconds
{
    public static DateTime Of(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
}

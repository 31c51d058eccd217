using k8s.Models;

using AeroGrid.Api;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Apps.Rollouts;

/// <summary>How a roll-out is going: a chain of checks from top to bottom, each a pure function; the first that has an answer gives it.</summary>
internal static class Assessment
{
    private static readonly Func<Rollout, StepResult?>[] Checks =
    [
        // As wanted.
        Complete,
        Stopping,

        // What a look at the pods tells, the surest first. One pod that cannot run is enough: the others run the same.
        OutOfMemory,
        TooManyProcesses,
        WrongPort,
        NotListening,
        Crashed,
        CannotStart,

        // What the Deployment's own controller tells.
        NoPods,
        TooSlow,
    ];

    /// <summary>The reasons for which a container waits that a person has to do something about.</summary>
    private static readonly HashSet<string> StartFailures = new(StringComparer.Ordinal)
    {
        "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError",
        "RunContainerError", "StartError",
    };

    /// <summary>Conditions that AeroGrid's node adds to pods, False while something is wrong.</summary>
    private const string ListeningCondition = "node.aerogrid.io/Listening", ProcessesCondition = "node.aerogrid.io/ProcessesWithinLimit";

    public static StepResult Of(Rollout rollout) =>
        Checks.Select(check => check(rollout)).FirstOrDefault(result => result is not null) ?? Starting(rollout);

    private static StepResult? Complete(Rollout rollout)
    {
        var status = rollout.Deployment.Status;
        if (!IsObserved(rollout.Deployment))
            return null;
        var complete = (status?.Replicas ?? 0) == rollout.Wanted
            && (status?.UpdatedReplicas ?? 0) == rollout.Wanted
            && (status?.AvailableReplicas ?? 0) == rollout.Wanted;
        if (!complete)
            return null;
        return rollout.IsStopped
            ? new StepResult.Stalled(Reasons.Stopped, "spec.state is Stopped")
            : new StepResult.Done(Reasons.Deployed);
    }

    private static StepResult.Waiting? Stopping(Rollout rollout) =>
        rollout.IsStopped ? new(Reasons.Stopping, "processes are ending") : null;

    private static StepResult.Stalled? OutOfMemory(Rollout rollout)
    {
        var killed = Unready(rollout).FirstOrDefault(container => container.Ended is { Reason: "OOMKilled" });
        return killed is null
            ? null
            : new(Reasons.OutOfMemory, $"{rollout.EntryPoint} used more than its memory limit of {MemoryLimit(rollout)} and was ended: raise spec.resources.limits.memory, or use less");
    }

    private static StepResult.Stalled? TooManyProcesses(Rollout rollout)
    {
        if (Finding(rollout, ProcessesCondition) is not { } finding)
            return null;
        var output = LastOutput.Of(Unready(rollout).FirstOrDefault(container => container.Ended is not null)?.Ended?.Message);
        var what = $"{rollout.EntryPoint} started too many processes or threads: {finding.Message}. Start fewer of them";
        return new(Reasons.TooManyProcesses, output.Length == 0 ? what : $"{what}. Its last output:\n{output}");
    }

    /// <summary>Said by AeroGrid's own node, which can see it; on other nodes time tells that an app does not listen.</summary>
    private static StepResult.Stalled? WrongPort(Rollout rollout) => Finding(rollout, ListeningCondition) is { } finding
        ? new(Reasons.WrongPort, $"{rollout.EntryPoint} listens on the wrong port: {finding.Message}. Have it listen on the port in PORT")
        : null;

    private static StepResult.Stalled? NotListening(Rollout rollout)
    {
        foreach (var container in Unready(rollout))
        {
            // Running for long, or ended by the liveness probe after that, which looks like a crash by a signal.
            var (ran, ended) = container switch
            {
                { RunningSince: { } since } => (rollout.Now - since, (V1ContainerStateTerminated?)null),
                { Ended: { ExitCode: 137 or 143, StartedAt: { } start, FinishedAt: { } end } e } => (end - start, e),
                _ => (TimeSpan.Zero, null),
            };
            if (ran >= rollout.StartTimeout && (ended is not null || container.Ended is null or { ExitCode: 137 or 143 }))
            {
                return new(
                    Reasons.NotListening,
                    $"{rollout.EntryPoint} never listened on $PORT: it ran for {ran.TotalSeconds:0} s without. Have it listen on the port in the environment variable PORT");
            }
        }

        return null;
    }

    private static StepResult.Stalled? Crashed(Rollout rollout)
    {
        if (Unready(rollout).FirstOrDefault(container => container.Ended is not null) is not { Ended: { } ended })
            return null;
        var output = LastOutput.Of(ended.Message);
        var how = ended switch
        {
            { ExitCode: 0 } => $"{rollout.EntryPoint} ended by itself (exit code 0): a program that serves goes on running and listens on $PORT",
            { Signal: > 0 and var signal } => $"{rollout.EntryPoint} was ended by signal {signal}",
            _ => $"{rollout.EntryPoint} ended with exit code {ended.ExitCode}",
        };
        return new(Reasons.Crashed, output.Length == 0 ? how : $"{how}. Its last output:\n{output}");
    }

    private static StepResult.Stalled? CannotStart(Rollout rollout)
    {
        var waiting = rollout.NewPods
            .SelectMany(pod => pod.Status?.ContainerStatuses ?? [])
            .Select(status => status.State?.Waiting)
            .FirstOrDefault(waiting => waiting?.Reason is { } reason && StartFailures.Contains(reason));
        return waiting is null ? null : new(Reasons.CannotStart, $"{waiting.Reason}: {waiting.Message}");
    }

    private static StepResult.Stalled? NoPods(Rollout rollout)
    {
        var failure = Condition(rollout, "ReplicaFailure");
        return failure is { Status: "True" } && rollout.NewPods.Count < rollout.Wanted
            ? new(failure.Message?.Contains("quota", StringComparison.OrdinalIgnoreCase) == true ? Reasons.QuotaExceeded : Reasons.CannotStart, failure.Message ?? "")
            : null;
    }

    private static StepResult.Stalled? TooSlow(Rollout rollout) =>
        IsObserved(rollout.Deployment) && Condition(rollout, "Progressing") is { Status: "False", Reason: "ProgressDeadlineExceeded" }
            ? new(Reasons.TooSlow, $"{rollout.EntryPoint} did not become ready in time; the platform goes on waiting for it")
            : null;

    private static StepResult.Waiting Starting(Rollout rollout)
    {
        var ready = rollout.NewPods.Count(IsReady);

        // Time alone makes a pod one that never listened: nothing changes then that could be watched.
        TimeSpan? look = Unready(rollout)
            .Where(container => container.RunningSince is not null)
            .Select(container => (TimeSpan?)(container.RunningSince!.Value + rollout.StartTimeout - rollout.Now))
            .Min();
        return new(
            Reasons.Deploying,
            $"{ready} of {rollout.Wanted} ready",
            look is { } wait ? TimeSpan.FromTicks(Math.Max(wait.Ticks, 0)) + TimeSpan.FromMilliseconds(50) : null);
    }

    /// <summary>The app's containers of new pods that are not ready, with how they last ended, if they did.</summary>
    private static IEnumerable<UnreadyContainer> Unready(Rollout rollout) =>
        from pod in rollout.NewPods
        where !IsReady(pod)
        from status in pod.Status?.ContainerStatuses ?? []
        where status.Name == Names.AppContainer
        select new UnreadyContainer(
            status.State?.Running?.StartedAt is { } since ? new DateTimeOffset(since, TimeSpan.Zero) : null,
            status.State?.Terminated ?? status.LastState?.Terminated);

    private sealed record UnreadyContainer(DateTimeOffset? RunningSince, V1ContainerStateTerminated? Ended);

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    private static bool IsObserved(V1Deployment deployment) =>
        deployment.Status?.ObservedGeneration is { } observed && observed >= (deployment.Metadata.Generation ?? 0);

    private static V1PodCondition? Finding(Rollout rollout, string type) => rollout.NewPods
        .Where(pod => !IsReady(pod))
        .SelectMany(pod => pod.Status?.Conditions ?? [])
        .FirstOrDefault(condition => condition.Type == type && condition.Status == "False");

    private static V1DeploymentCondition? Condition(Rollout rollout, string type) =>
        rollout.Deployment.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);

    private static string MemoryLimit(Rollout rollout) =>
        rollout.Deployment.Spec.Template.Spec.Containers[0].Resources?.Limits is { } limits && limits.TryGetValue("memory", out var limit)
            ? limit.ToString()
            : "its tenant";
}

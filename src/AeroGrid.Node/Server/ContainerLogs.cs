using AeroGrid.Node.Kubelet;
using AeroGrid.Node.Logs;

namespace AeroGrid.Node.Server;

/// <summary>Finds the log of a container, whether it runs, has ended, or ended before the platform was started.</summary>
internal sealed class ContainerLogs(NodeFolders folders, LogOptions options, Func<PodManager?> pods)
{
    /// <summary>A reader, or the reason why there is none in the words that kubectl shows.</summary>
    public (LogReader? Reader, string? Reason) Find(string namespaceName, string podName, string container, bool previous)
    {
        var manager = pods();
        var worker = manager?.Find(namespaceName, podName);
        var pod = worker?.Pod ?? manager?.Get(namespaceName, podName);
        if (pod is null)
            return (null, $"pod \"{podName}\" is not on this node");
        if (pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? []).All(spec => spec.Name != container))
            return (null, $"container \"{container}\" in pod \"{podName}\" is not available: the pod has no such container");

        var folder = new LogFolder(folders.ContainerLogs(namespaceName, podName, pod.Metadata.Uid, container), options);
        var current = worker?.Runner(container)?.Current;

        // The newest log that there is: between two runs that of the run before, as kubectl shows it.
        var newest = current?.Run ?? folder.Runs().DefaultIfEmpty(-1).Max();
        var run = previous ? newest - 1 : newest;
        if (newest >= 0 && folder.Files(run).Count > 0)
            return (new LogReader(folder, run, run == current?.Run ? current.Log : null), null);
        return (null, previous
            ? $"previous terminated container \"{container}\" in pod \"{podName}\" not found"
            : $"container \"{container}\" in pod \"{podName}\" is waiting to start: {Waiting(worker, container)}");
    }

    private static string Waiting(PodWorker? worker, string container) => worker?.WaitingReason(container) ?? "ContainerCreating";
}

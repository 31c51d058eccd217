using k8s.Models;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Measures what a pod has written to its <c>/tmp</c> and emptyDir volumes and ends a pod that has more than it may: what the kubelet calls
/// eviction (Kubernetes documentation, "Local ephemeral storage"). Looking every half minute, it keeps disks from filling over hours; the
/// limit on the size of a single file keeps one program from filling a disk in between.
/// </summary>
internal sealed class StorageWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);
    private readonly NodeContext _node;
    private readonly V1Pod _pod;
    private readonly PodPlace _place;
    private readonly PodEnding _ending;
    private readonly ITimer _timer;
    private int _busy;

    public StorageWatch(NodeContext node, V1Pod pod, PodPlace place, PodEnding ending)
    {
        (_node, _pod, _place, _ending) = (node, pod, place, ending);
        _timer = node.Time.CreateTimer(_ => Measure(), null, Period, Period);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Measure()
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            return;
        try
        {
            foreach (var (name, folder, limit) in _place.Volumes.Limited(_pod))
            {
                if (Size(folder, limit) > limit)
                    Evict($"Usage of EmptyDir volume \"{name}\" exceeds the limit \"{_pod.Spec.Volumes.First(volume => volume.Name == name).EmptyDir.SizeLimit}\".");
            }

            var total = ContainerStarter.StorageLimit(_node.Options, _pod);
            if (Size(_place.Folder, total) > total)
                Evict($"Pod ephemeral local storage usage exceeds the total limit of containers {total}.");
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private void Evict(string message)
    {
        if (_ending.Requested.IsCancellationRequested)
            return;
        _node.Events.Warning(_pod, "Evicted", message);
        _ending.Request(TimeSpan.Zero, new("Evicted", message));
    }

    /// <summary>Bytes of all files beneath a folder; the sum stops when it is over the limit. Links are not followed.</summary>
    private static long Size(string folder, long limit)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var sum = 0L;
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", options))
            {
                sum += file.Length;
                if (sum > limit)
                    break;
            }
        }
        catch (IOException)
        {
            // Files come and go while we look; the next look sees what stays.
        }

        return sum;
    }
}

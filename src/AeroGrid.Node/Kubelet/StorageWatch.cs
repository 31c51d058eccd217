using k8s.Models;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Measures what a pod has written to its <c>/tmp</c> and emptyDir volumes and ends a pod that has more than it may: what the kubelet calls
/// eviction (Kubernetes documentation, "Local ephemeral storage"). It looks every half minute, and at once when the disk loses room quickly;
/// in between, the limit on the size of a single file holds.
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
        node.Disk.Shrunk += OnShrunk;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _node.Disk.Shrunk -= OnShrunk;
        _timer.Dispose();
    }

    private void OnShrunk(object? sender, EventArgs e) => Measure();

    private void Measure()
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            return;
        try
        {
            foreach (var (name, folder, limit) in _place.Volumes.Limited(_pod, ContainerStarter.MemoryLimit(_node.Options, _pod)))
            {
                if (Use(folder, limit).Bytes > limit)
                    Evict($"Usage of EmptyDir volume \"{name}\" exceeds the limit \"{_pod.Spec.Volumes.First(volume => volume.Name == name).EmptyDir.SizeLimit?.ToString() ?? $"{limit}"}\".");
            }

            var total = ContainerStarter.StorageLimit(_node.Options, _pod);
            var (bytes, files) = Use(_place.Folder, total);
            if (bytes > total)
                Evict($"Pod ephemeral local storage usage exceeds the total limit of containers {total}.");
            else if (files > _node.Options.MaxFiles)
                Evict($"Pod has more than {_node.Options.MaxFiles} files and folders in its volumes and /tmp.");
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private void Evict(string message) => _node.Evict(_pod, _ending, message);

    /// <summary>Bytes and number of all files beneath a folder; it stops counting when one is over its limit. Links are not followed.</summary>
    private (long Bytes, long Files) Use(string folder, long limit)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var (bytes, files) = (0L, 0L);
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options))
            {
                files++;
                bytes += (entry as FileInfo)?.Length ?? 0;
                if (bytes > limit || files > _node.Options.MaxFiles)
                    break;
            }
        }
        catch (IOException)
        {
            // Files come and go while we look; the next look sees what stays.
        }

        return (bytes, files);
    }
}

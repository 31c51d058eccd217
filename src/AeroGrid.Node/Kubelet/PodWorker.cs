using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Node.Network;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Runs one pod: its init containers one after the other, then its containers side by side, until all have ended for good or the pod's end
/// is requested; then it removes what the pod had of the machine, and the pod from the API server when it was deleted there.
/// </summary>
internal sealed partial class PodWorker : IDisposable
{
    private readonly NodeContext _node;
    private readonly PodEnding _ending;
    private readonly PodStatusWriter _status;
    private readonly List<ContainerRecord> _records = [];
    private readonly Dictionary<string, ContainerRunner> _runners = new(StringComparer.Ordinal);
    private readonly Func<V1Pod?> _latest;
    private readonly DateTime _startTime;
    private readonly ILogger _logger;
    private volatile bool _isEnding;
    private volatile bool _removed;

    /// <param name="node">What pods share.</param>
    /// <param name="pod">The pod as the API server has it; its spec does not change.</param>
    /// <param name="latest">The pod as it was last seen on the API server; null when it is not there.</param>
    public PodWorker(NodeContext node, V1Pod pod, Func<V1Pod?> latest)
    {
        (_node, Pod, _latest) = (node, pod, () => latest() is { } seen && seen.Metadata.Uid == pod.Metadata.Uid ? seen : null);
        _logger = node.Logger<PodWorker>();
        _ending = new(node.Time);
        _startTime = pod.Status?.StartTime ?? WholeSeconds.Of(node.Time.GetUtcNow());
        _status = new(node, pod, before => PodStatusBuilder.Build(_latest() ?? Pod, before, _records, _startTime, _ending.Reason, _isEnding, node.Time.GetUtcNow()));
        var hasInit = pod.Spec.InitContainers is { Count: > 0 };
        foreach (var container in pod.Spec.InitContainers ?? [])
            _records.Add(new(container, isInit: true, hasInit, Before(pod.Status?.InitContainerStatuses, container), _status.Changed));
        foreach (var container in pod.Spec.Containers)
            _records.Add(new(container, isInit: false, hasInit, Before(pod.Status?.ContainerStatuses, container), _status.Changed));
    }

    /// <summary>The pod as the API server had it when it came.</summary>
    public V1Pod Pod { get; }

    /// <summary>The runner of a container, when it has one.</summary>
    public ContainerRunner? Runner(string container)
    {
        lock (_runners)
            return _runners.GetValueOrDefault(container);
    }

    /// <summary>Why a container waits; null when it does not.</summary>
    public string? WaitingReason(string container) => _records.Find(record => record.Name == container)?.ToStatus().State.Waiting?.Reason;

    /// <summary>Something that the pod's status depends on has changed on the API server.</summary>
    public void Refresh() => _status.Changed();

    /// <summary>Ends the pod.</summary>
    /// <param name="grace">How long its processes may take.</param>
    /// <param name="removed">Whether the API server does not have it any more.</param>
    public void End(TimeSpan grace, bool removed = false)
    {
        _removed |= removed;
        _ending.Request(grace);
    }

    /// <summary>Runs the pod. Ends when nothing of it is left on the machine; never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (Pod.Spec.InitContainers?.FirstOrDefault(container => container.RestartPolicy == "Always") is { } sidecar)
                _ending.Request(TimeSpan.Zero, new("SidecarsNotSupported", $"initContainers \"{sidecar.Name}\": this node runs no sidecars (restartPolicy Always): make it one of the containers"));
            using var place = await TakePlaceAsync().ConfigureAwait(false);
            _status.Changed();
            await PublishPortsAsync(place).ConfigureAwait(false);
            using var watch = new StorageWatch(_node, Pod, place, _ending);
            using var deadline = Deadline();
            using var refresh = new VolumeRefresh(_node, latest: () => _latest() ?? Pod, place);
            await RunContainersAsync(place).ConfigureAwait(false);
            _isEnding = _ending.Requested.IsCancellationRequested;
            _status.Changed();
        }
        catch (OperationCanceledException) when (_ending.Requested.IsCancellationRequested)
        {
            _isEnding = true;
        }
#pragma warning disable CA1031 // Whatever a pod does, the others go on; what happened is told in the log and in the pod's status.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.Failed(_logger, e, ObjectKey.Of(Pod));
            _ending.Request(TimeSpan.Zero, new("NodeError", e.Message));
            _isEnding = true;
            _status.Changed();
        }

        await RemoveAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _ending.Dispose();

    private static V1ContainerStatus? Before(IList<V1ContainerStatus>? statuses, V1Container container) =>
        statuses?.FirstOrDefault(status => status.Name == container.Name);

    private async Task<PodPlace> TakePlaceAsync()
    {
        while (true)
        {
            try
            {
                return new PodPlace(_node, Pod);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                _node.Events.Warning(Pod, "FailedCreatePodSandBox", e.Message);
                await Task.Delay(TimeSpan.FromSeconds(5), _node.Time, _ending.Requested).ConfigureAwait(false);
            }
        }
    }

    /// <summary><c>activeDeadlineSeconds</c>, which counts from when the node took the pod, also over restarts of the platform.</summary>
    private ITimer? Deadline()
    {
        if (Pod.Spec.ActiveDeadlineSeconds is not { } seconds)
            return null;
        var left = _startTime + TimeSpan.FromSeconds(seconds) - _node.Time.GetUtcNow().UtcDateTime;
        return _node.Time.CreateTimer(
            _ =>
            {
                const string Message = "Pod was active on the node longer than the specified deadline";
                if (_ending.Requested.IsCancellationRequested)
                    return;
                _node.Events.Normal(Pod, "DeadlineExceeded", Message);
                _ending.Request(TimeSpan.FromSeconds(Pod.Spec.TerminationGracePeriodSeconds ?? 30), new("DeadlineExceeded", Message));
            },
            null,
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }

    private async Task RunContainersAsync(PodPlace place)
    {
        foreach (var record in _records.Where(record => record.IsInit))
        {
            if (record.IsCompleted)
                continue;
            await RunAsync(record).ConfigureAwait(false);
            if (!record.IsCompleted)
                return;
        }

        await Task.WhenAll(_records.Where(record => !record.IsInit).Select(RunAsync)).ConfigureAwait(false);

        Task RunAsync(ContainerRecord record)
        {
            var runner = new ContainerRunner(_node, Pod, place, record, _ending, () => PublishPortsAsync(place));
            lock (_runners)
                _runners[record.Name] = runner;
            return runner.RunAsync();
        }
    }

    /// <summary>Writes the pod's real ports where the EndpointSlice controller reads them, before anything can be ready.</summary>
    private async Task PublishPortsAsync(PodPlace place)
    {
        if (place.User is { } user)
            _node.Firewall?.Allow(user, place.Ports.All, isTrusted: _node.Options.TrustedNamespaces.Contains(Pod.Metadata.NamespaceProperty));
        var ports = place.Ports.ToAnnotation();
        if (Pod.Metadata.Annotations?.TryGetValue(PodPortMap.Annotation, out var told) == true && told == ports)
            return;
        var patch = new { metadata = new { uid = place.Uid, annotations = new Dictionary<string, string> { [PodPortMap.Annotation] = ports } } };
        var pause = TimeSpan.FromMilliseconds(100);
        while (true)
        {
            try
            {
                await _node.Client.MergePatchAsync<V1Pod>(ObjectKey.Of(Pod), patch, write: null, _ending.Requested).ConfigureAwait(false);
                return;
            }
            catch (KubernetesApiException e) when (e.IsNotFound || e.IsConflict)
            {
                // Deleted meanwhile: the end of the pod is on its way to us.
                Log.PortsRefused(_logger, ObjectKey.Of(Pod), e.Message);
                return;
            }
            catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException)
            {
                Log.PortsNotWritten(_logger, e, ObjectKey.Of(Pod));
                await Task.Delay(pause, _node.Time, _ending.Requested).ConfigureAwait(false);
                pause = pause < TimeSpan.FromSeconds(5) ? pause * 2 : pause;
            }
        }
    }

    /// <summary>The last step: the final status, and for a deleted pod its end on the API server.</summary>
    private async Task RemoveAsync()
    {
        if (_removed || _node.Stopped.IsCancellationRequested)
            return;
        _status.Changed();
        try
        {
            await _status.FlushAsync(_node.Stopped).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_node.Stopped.IsCancellationRequested)
        {
            // The node stops; the next one finds the pod as it is.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Pod {Pod} was ended because of an error of the node")]
        public static partial void Failed(ILogger logger, Exception exception, ObjectKey pod);

        [LoggerMessage(LogLevel.Debug, "The ports of pod {Pod} were refused: {Answer}")]
        public static partial void PortsRefused(ILogger logger, ObjectKey pod, string answer);

        [LoggerMessage(LogLevel.Warning, "The ports of pod {Pod} were not written yet")]
        public static partial void PortsNotWritten(ILogger logger, Exception exception, ObjectKey pod);
    }
}

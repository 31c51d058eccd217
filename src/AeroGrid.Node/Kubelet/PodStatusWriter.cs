using System.Text.Json;

using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Writes the status of one pod whenever it has changed: one write at a time, the newest state, again until the server has it. Thread-safe.
/// </summary>
internal sealed partial class PodStatusWriter
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly NodeContext _node;
    private readonly ObjectKey _key;
    private readonly string _uid;
    private readonly Func<V1PodStatus?, V1PodStatus> _build;
    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private bool _dirty;
    private Task _writing = Task.CompletedTask;
    private byte[] _written = [];
    private V1PodStatus? _last;

    /// <param name="node">What pods share.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="build">Makes the status of this moment from the one written last.</param>
    public PodStatusWriter(NodeContext node, V1Pod pod, Func<V1PodStatus?, V1PodStatus> build)
    {
        (_node, _build) = (node, build);
        (_key, _uid) = (ObjectKey.Of(pod), pod.Metadata.Uid);
        _logger = node.Logger<PodStatusWriter>();
    }

    /// <summary>Whether the pod is gone from the server, or another one has its name.</summary>
    public bool IsGone { get; private set; }

    /// <summary>There is something new to write.</summary>
    public void Changed()
    {
        lock (_gate)
        {
            _dirty = true;
            if (_writing.IsCompleted)
                _writing = Task.Run(WriteAsync);
        }
    }

    /// <summary>Ends when the server has the newest status, or the pod is gone.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Task writing;
        lock (_gate)
            writing = _writing;
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        try
        {
            await WriteAllAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_node.Stopped.IsCancellationRequested)
        {
            // The node has stopped; the next one writes what it finds.
        }
    }

    private async Task WriteAllAsync()
    {
        var pause = FirstPause;
        while (true)
        {
            lock (_gate)
            {
                if (!_dirty || IsGone)
                {
                    _writing = Task.CompletedTask;
                    return;
                }

                _dirty = false;
            }

            var status = _build(_last);
            var bytes = JsonSerializer.SerializeToUtf8Bytes(status, ResourceSerializer.Options);
            if (bytes.AsSpan().SequenceEqual(_written))
                continue;
            try
            {
                // The uid guards against a new pod of the same name, which is none of ours.
                await _node.Client.MergePatchAsync<V1Pod>(
                    _key, new { metadata = new { uid = _uid }, status }, new() { Subresource = "status" }, _node.Stopped).ConfigureAwait(false);
                (_written, _last, pause) = (bytes, status, FirstPause);
            }
            catch (KubernetesApiException e) when (e.IsNotFound || e.IsConflict || e.IsInvalid)
            {
                if (await IsStillThereAsync().ConfigureAwait(false))
                {
                    Log.Refused(_logger, _key, e.Message);
                    await PauseAsync().ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException or IOException or JsonException)
            {
                Log.Failed(_logger, e, _key);
                await PauseAsync().ConfigureAwait(false);
            }
        }

        async Task PauseAsync()
        {
            lock (_gate)
                _dirty = true;
            await Task.Delay(pause, _node.Time, _node.Stopped).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<bool> IsStillThereAsync()
    {
        try
        {
            IsGone = (await _node.Client.GetAsync<V1Pod>(_key, _node.Stopped).ConfigureAwait(false))?.Metadata.Uid != _uid;
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException)
        {
            Log.Failed(_logger, e, _key);
        }

        return !IsGone;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The API server refused the status of pod {Pod}: {Answer}")]
        public static partial void Refused(ILogger logger, ObjectKey pod, string answer);

        [LoggerMessage(LogLevel.Warning, "The status of pod {Pod} was not written yet")]
        public static partial void Failed(ILogger logger, Exception exception, ObjectKey pod);
    }
}

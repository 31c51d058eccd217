using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Node.Volumes;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Brings changes of ConfigMaps, Secrets and pod fields to the volumes of a pod that runs, once in <see cref="NodeOptions.VolumeRefreshPeriod"/>
/// (Kubernetes documentation, "Mounted ConfigMaps are updated automatically"). It asks instead of watching, so that the node never holds a
/// Secret longer than it takes to write it.
/// </summary>
internal sealed partial class VolumeRefresh : IDisposable
{
    private readonly NodeContext _node;
    private readonly Func<V1Pod> _latest;
    private readonly PodPlace _place;
    private readonly CancellationTokenSource _end;
    private readonly ILogger _logger;

    /// <param name="node">What pods share.</param>
    /// <param name="latest">The pod as it is now.</param>
    /// <param name="place">Where its volumes are.</param>
    public VolumeRefresh(NodeContext node, Func<V1Pod> latest, PodPlace place)
    {
        (_node, _latest, _place) = (node, latest, place);
        _logger = node.Logger<VolumeRefresh>();
        _end = CancellationTokenSource.CreateLinkedTokenSource(node.Stopped);
        if (PodVolumes.HasChanging(latest()))
            _ = RunAsync(_end.Token);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Task.Delay(_node.Options.VolumeRefreshPeriod, _node.Time, cancellationToken).ConfigureAwait(false);
                var pod = _latest();
                await _place.Volumes.RefreshAsync(pod, new ReferencedObjects(_node.Client, pod.Metadata.NamespaceProperty), cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException or IOException)
            {
                Log.NotRefreshed(_logger, e, ObjectKey.Of(_latest()));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The volumes of pod {Pod} were not brought up to date yet")]
        public static partial void NotRefreshed(ILogger logger, Exception exception, ObjectKey pod);
    }
}

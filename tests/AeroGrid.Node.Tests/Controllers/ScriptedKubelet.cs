using System.Collections.Concurrent;
using System.Globalization;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers;

/// <summary>
/// Plays the kubelet towards the controllers: it starts no process but writes the statuses that a kubelet writes. What becomes of a pod is
/// in the name of its image: <c>ready:…</c>, <c>unready:…</c>, <c>stuck:…</c>, <c>exit-0:…</c>, <c>exit-42:…</c>.
/// </summary>
internal sealed class ScriptedKubelet(ResourceClient client, Informer<V1Pod> pods) : IReconciler<V1Pod>
{
    private static int port = 40000;

    private readonly ConcurrentDictionary<string, bool> held = new();

    /// <summary>Pods whose names begin so are not taken away when they are deleted, until they are let go.</summary>
    public void HoldBack(string prefix) => held[prefix] = true;

    public void LetGo(string prefix) => held.TryRemove(prefix, out _);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (pods.Get(key) is not { Spec.NodeName: { Length: > 0 } } pod)
            return ReconcileResult.Done;
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            if (held.Keys.Any(prefix => key.Name.StartsWith(prefix, StringComparison.Ordinal)))
                return ReconcileResult.RequeueAfter(TimeSpan.FromMilliseconds(20));
            await client.DeleteAsync<V1Pod>(key, new DeleteOptions { Uid = pod.Metadata.Uid, GracePeriodSeconds = 0 }, cancellationToken);
            return ReconcileResult.Done;
        }

        if (pod.Status?.Phase is not (null or "Pending"))
            return ReconcileResult.Done;
        var image = pod.Spec.Containers[0].Image.Split(':')[0];
        if (image.StartsWith("exit-", StringComparison.Ordinal))
            await EndAsync(pod, int.Parse(image["exit-".Length..], CultureInfo.InvariantCulture), cancellationToken);
        else if (image is "ready" or "unready")
            await SetReadyAsync(pod, image == "ready", cancellationToken);
        return ReconcileResult.Done;
    }

    public async Task SetReadyAsync(V1Pod pod, bool ready, CancellationToken cancellationToken = default)
    {
        if (pod.Metadata.Annotations?.ContainsKey("node.aerogrid.io/ports") != true)
        {
            var annotations = new Dictionary<string, string> { ["node.aerogrid.io/ports"] = $"{{\"http\":{Interlocked.Increment(ref port)}}}" };
            await client.MergePatchAsync<V1Pod>(ObjectKey.Of(pod), new { metadata = new { annotations } }, null, cancellationToken);
        }

        await WriteAsync(
            pod,
            "Running",
            [
                new() { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = Now() },
                new() { Type = "ContainersReady", Status = ready ? "True" : "False", LastTransitionTime = Now() },
            ],
            new() { Running = new() { StartedAt = Now() } },
            ready,
            cancellationToken);
    }

    public Task EndAsync(V1Pod pod, int exitCode, CancellationToken cancellationToken = default) => WriteAsync(
        pod,
        exitCode == 0 ? "Succeeded" : "Failed",
        [new() { Type = "Ready", Status = "False", Reason = "PodCompleted", LastTransitionTime = Now() }],
        new() { Terminated = new() { ExitCode = exitCode, Reason = exitCode == 0 ? "Completed" : "Error", StartedAt = Now(), FinishedAt = Now() } },
        ready: false,
        cancellationToken);

    private async Task WriteAsync(
        V1Pod pod, string phase, V1PodCondition[] conditions, V1ContainerState state, bool ready, CancellationToken cancellationToken)
    {
        var container = pod.Spec.Containers[0];
        var status = new V1PodStatus
        {
            Phase = phase,
            PodIP = "127.0.0.1",
            Conditions = conditions,
            ContainerStatuses =
            [
                new() { Name = container.Name, Image = container.Image, ImageID = "", Ready = ready, Started = true, RestartCount = 0, State = state },
            ],
        };
        try
        {
            await client.PatchAsync<V1Pod>(
                ObjectKey.Of(pod),
                new V1Patch(new { metadata = new { uid = pod.Metadata.Uid }, status }, V1Patch.PatchType.StrategicMergePatch),
                new WriteOptions { Subresource = "status" },
                cancellationToken);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted meanwhile, as happens to kubelets.
        }
    }

    private static DateTime Now()
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
    }
}

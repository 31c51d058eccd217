using System.Collections.Concurrent;

using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Follows the pods that are bound to this node and has a worker for each that runs or must be ended. It waits for nothing: every change of
/// a pod is handed to its worker.
/// </summary>
internal sealed partial class PodManager
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly NodeContext _node;
    private readonly Informer<V1Pod> _pods;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private volatile bool _stopping;

    public PodManager(NodeContext node, Informer<V1Pod> pods)
    {
        (_node, _pods) = (node, pods);
        _logger = node.Logger<PodManager>();
    }

    /// <summary>Begins: the pods that are there now, and every change from now on. The informer must have its first list.</summary>
    public void Start()
    {
        _pods.Changed += OnChanged;
        foreach (var pod in _pods.List())
            OnChanged(null, pod);
        RemoveFoldersOfOthers();
    }

    /// <summary>Ends all processes; pods stay on the API server as they are, for the next start.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        _pods.Changed -= OnChanged;
        var grace = _node.Options.ShutdownGrace;
        foreach (var entry in _entries.Values)
        {
            var own = TimeSpan.FromSeconds(entry.Worker?.Pod.Spec.TerminationGracePeriodSeconds ?? 30);
            entry.Worker?.End(own < grace ? own : grace);
        }

        await Task.WhenAll(_entries.Values.Select(entry => entry.Work)).ConfigureAwait(false);
    }

    /// <summary>The worker of a pod, for its logs; null when the pod does not run here, or no longer.</summary>
    public PodWorker? Find(string namespaceName, string name) =>
        _entries.Values.FirstOrDefault(entry => entry.Worker?.Pod.Metadata is { } metadata && metadata.Name == name && metadata.NamespaceProperty == namespaceName)?.Worker;

    /// <summary>The pod as the API server has it; null when it is not on this node.</summary>
    public V1Pod? Get(string namespaceName, string name) => _pods.Get(namespaceName, name) is { } pod && IsOurs(pod) ? pod : null;

    private bool IsOurs(V1Pod pod) => pod.Spec.NodeName == _node.Options.NodeName;

    private void OnChanged(V1Pod? old, V1Pod? pod)
    {
        if (_stopping)
            return;

        // A pod of the same name may have taken the place of one that we did not see go.
        if (old is not null && IsOurs(old) && old.Metadata.Uid != pod?.Metadata.Uid)
            Gone(old);
        if (pod is null || !IsOurs(pod))
            return;
        var entry = _entries.GetOrAdd(pod.Metadata.Uid, _ => new Entry());
        lock (entry)
        {
            entry.Latest = pod;
            if (entry.IsRunning)
            {
                if (pod.Metadata.DeletionTimestamp is not null)
                    entry.Worker!.End(Grace(pod));
                else if (pod.Spec.ReadinessGates is { Count: > 0 })
                    entry.Worker!.Refresh();
                return;
            }

            // What has ended, and what is to end and has never run here, needs no worker.
            if (entry.Worker is null && !PodPhase.IsFinal(pod.Status?.Phase) && pod.Metadata.DeletionTimestamp is null)
            {
                entry.Worker = new PodWorker(_node, pod, () => _pods.Get(pod.Metadata.NamespaceProperty, pod.Metadata.Name));
                entry.IsRunning = true;
                entry.Work = Task.Run(() => WorkAsync(entry));
            }
            else if (pod.Metadata.DeletionTimestamp is not null && !entry.Deleting)
            {
                entry.Deleting = true;
                entry.Work = Task.Run(() => DeleteAsync(pod));
            }
        }
    }

    /// <summary>The API server counts the grace period from the request on; a pod without one gets Kubernetes' default.</summary>
    private static TimeSpan Grace(V1Pod pod) =>
        TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? 30);

    private async Task WorkAsync(Entry entry)
    {
        await entry.Worker!.RunAsync().ConfigureAwait(false);
        V1Pod latest;
        lock (entry)
        {
            // From here on a deletion is no longer the worker's to notice.
            entry.IsRunning = false;
            latest = entry.Latest!;
            if (_stopping || latest.Metadata.DeletionTimestamp is null)
                return;
            entry.Deleting = true;
        }

        await DeleteAsync(latest).ConfigureAwait(false);
    }

    /// <summary>Nothing of the pod is left here: the API server may forget it.</summary>
    private async Task DeleteAsync(V1Pod pod)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await _node.Client.DeleteAsync<V1Pod>(ObjectKey.Of(pod), new() { GracePeriodSeconds = 0, Uid = pod.Metadata.Uid }, _node.Stopped).ConfigureAwait(false);
                return;
            }
            catch (KubernetesApiException e) when (e.IsConflict)
            {
                // Another pod has its name: this one is gone.
                return;
            }
            catch (OperationCanceledException) when (_node.Stopped.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException)
            {
                Log.NotDeleted(_logger, e, ObjectKey.Of(pod));
            }

            try
            {
                await Task.Delay(pause, _node.Time, _node.Stopped).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Gone(V1Pod pod)
    {
        if (!_entries.TryRemove(pod.Metadata.Uid, out var entry))
            return;
        entry.Worker?.End(TimeSpan.Zero, removed: true);
        _ = CleanAsync(pod, entry);
    }

    private async Task CleanAsync(V1Pod pod, Entry entry)
    {
        await entry.Work.ConfigureAwait(false);
        entry.Worker?.Dispose();
        try
        {
            Remove(_node.Folders.PodLogs(pod.Metadata.NamespaceProperty, pod.Metadata.Name, pod.Metadata.Uid));
            if (_node.Images.Collect(_node.Options.ImageRetention) is > 0 and var layers)
                Log.Collected(_logger, layers);
        }
        catch (IOException e)
        {
            // Tried again at the next start.
            Log.NotCleaned(_logger, e, ObjectKey.Of(pod));
        }
    }

    /// <summary>Folders of pods that went while the platform was down.</summary>
    private void RemoveFoldersOfOthers()
    {
        foreach (var folder in Directory.GetDirectories(_node.Folders.Pods).Where(folder => !_entries.ContainsKey(Path.GetFileName(folder))))
            Remove(folder);
        foreach (var folder in Directory.GetDirectories(_node.Folders.Logs).Where(folder => !_entries.ContainsKey(Path.GetFileName(folder).Split('_')[^1])))
            Remove(folder);
        foreach (var folder in Directory.GetDirectories(_node.Folders.Memory).Where(folder => !_entries.ContainsKey(Path.GetFileName(folder))))
            Remove(folder);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>A pod that is on this node. Guarded by itself.</summary>
    private sealed class Entry
    {
        public V1Pod? Latest { get; set; }

        public PodWorker? Worker { get; set; }

        public Task Work { get; set; } = Task.CompletedTask;

        /// <summary>Whether the worker runs the pod, so that it is the one to hear of a deletion.</summary>
        public bool IsRunning { get; set; }

        public bool Deleting { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Pod {Pod} has ended and was not removed yet")]
        public static partial void NotDeleted(ILogger logger, Exception exception, ObjectKey pod);

        [LoggerMessage(LogLevel.Warning, "Files of pod {Pod} are left")]
        public static partial void NotCleaned(ILogger logger, Exception exception, ObjectKey pod);

        [LoggerMessage(LogLevel.Information, "Removed {Layers} image layers that nothing has used for a while")]
        public static partial void Collected(ILogger logger, int layers);
    }
}

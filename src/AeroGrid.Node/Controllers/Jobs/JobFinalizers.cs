using System.Collections.Concurrent;

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>
/// Takes the tracking finalizer off pods, and remembers that until the cache shows it: a pod must not be counted again because its last
/// event is late. Thread-safe.
/// </summary>
internal sealed class JobFinalizers
{
    private const string Index = "tracked-by-job";

    private readonly ResourceClient client;
    private readonly Informer<V1Pod> pods;
    private readonly ConcurrentDictionary<string, bool> released = new(StringComparer.Ordinal);

    public JobFinalizers(ResourceClient client, Informer<V1Pod> pods)
    {
        this.client = client;
        this.pods = pods;
        pods.AddIndex(Index, static pod => JobLabels.IsTracked(pod) && JobLabels.JobOf(pod) is { } job
            ? [Value(pod.Metadata.NamespaceProperty, job)]
            : []);
        pods.Changed += (old, now) =>
        {
            if (now is null || !JobLabels.IsTracked(now))
                released.TryRemove((now ?? old)!.Metadata.Uid, out _);
        };
    }

    /// <summary>
    /// Whether the outcome of a pod may be counted: it has the finalizer, as far as is known, and the cache has it. One that only its
    /// creator knows of waits for its first event: it could not be told from one that is counted already.
    /// </summary>
    public bool IsCountable(V1Pod pod) =>
        JobLabels.IsTracked(pod)
        && !released.ContainsKey(pod.Metadata.Uid ?? "")
        && pods.Get(ObjectKey.Of(pod)) is { } cached
        && cached.Metadata.Uid == pod.Metadata.Uid;

    /// <summary>The pods with the finalizer that name a Job, whichever Job that was.</summary>
    public IReadOnlyList<V1Pod> TrackedBy(ObjectKey job) =>
        [.. pods.ByIndex(Index, Value(job.Namespace, job.Name)).Where(pod => !released.ContainsKey(pod.Metadata.Uid))];

    /// <summary>Takes the finalizer off; no failure when the pod is gone.</summary>
    /// <exception cref="KubernetesApiException">A conflict: the pod changed since it was read, so the caller reconciles again.</exception>
    public async Task ReleaseAsync(IEnumerable<V1Pod> tracked, CancellationToken cancellationToken) =>
        await Task.WhenAll(tracked.Select(pod => ReleaseAsync(pod, cancellationToken))).ConfigureAwait(false);

    private async Task ReleaseAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        await Finalizers.RemoveAsync(client, pod, JobLabels.TrackingFinalizer, cancellationToken).ConfigureAwait(false);

        // Entered only while the cache is behind: otherwise no event would come that removes it.
        released[pod.Metadata.Uid] = true;
        if (pods.Get(ObjectKey.Of(pod)) is not { } cached || cached.Metadata.Uid != pod.Metadata.Uid || !JobLabels.IsTracked(cached))
            released.TryRemove(pod.Metadata.Uid, out _);
    }

    private static string Value(string? namespaceName, string job) => $"{namespaceName}/{job}";
}

using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;

namespace AeroGrid.Node.Controllers.Pods;

/// <summary>
/// Creates and deletes the pods of owners, and shows each owner's pods as if the cache were never behind those writes: a pod that was
/// just created is there although no watch event told of it, one that was just deleted is shown as deleting. Without that, a reconcile
/// between a write and its event would create a second pod. It does what "expectations" do in Kubernetes' own controllers, but knows the
/// very pods, so nobody has to wait. Thread-safe.
/// </summary>
internal sealed class OwnedPods
{
    /// <summary>A pod that the cache does not show after this time is asked for: it may have come and gone between two lists.</summary>
    private static readonly TimeSpan Doubtful = TimeSpan.FromSeconds(5);

    private const int NameAttempts = 5;

    private readonly ResourceClient client;
    private readonly Informer<V1Pod> cache;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<ObjectKey, Unseen>> created = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, string> ownerOfCreated = [];
    private readonly HashSet<string> deleted = new(StringComparer.Ordinal);

    public OwnedPods(ResourceClient client, Informer<V1Pod> cache, TimeProvider time)
    {
        this.client = client;
        this.cache = cache;
        this.time = time;
        cache.Changed += Seen;
    }

    /// <summary>The owner's pods: those that refer to it, and those it has created that the cache does not have yet.</summary>
    public List<V1Pod> Of(IKubernetesObject<V1ObjectMeta> owner)
    {
        // First what was written, then the cache: in the other order a pod could be in neither, when its event comes in between.
        List<KeyValuePair<ObjectKey, Unseen>> unseen;
        HashSet<string>? ending = null;
        lock (gate)
        {
            unseen = created.TryGetValue(owner.Metadata.Uid, out var of) ? [.. of] : [];
            if (deleted.Count > 0)
                ending = new(deleted, StringComparer.Ordinal);
        }

        var pods = new List<V1Pod>();
        foreach (var pod in cache.OwnedBy(owner))
            pods.Add(ending?.Contains(pod.Metadata.Uid) == true && !pod.IsDeleting() ? Ending(pod) : pod);
        foreach (var (key, pod) in unseen)
        {
            if (cache.Get(key) is null)
                pods.Add(ending?.Contains(pod.Pod.Metadata.Uid ?? "") == true ? Ending(pod.Pod) : pod.Pod);
        }

        return pods;
    }

    /// <summary>
    /// Asks the server for created pods that the cache should have shown by now, and forgets those that are gone. Call it before
    /// <see cref="Of"/>.
    /// </summary>
    /// <returns>When to ask again; null when the cache has shown everything.</returns>
    public async Task<TimeSpan?> VerifyAsync(IKubernetesObject<V1ObjectMeta> owner, CancellationToken cancellationToken)
    {
        List<KeyValuePair<ObjectKey, Unseen>> unseen;
        lock (gate)
        {
            if (!created.TryGetValue(owner.Metadata.Uid, out var of))
                return null;
            unseen = [.. of];
        }

        foreach (var (key, pod) in unseen)
        {
            if (time.GetElapsedTime(pod.At) >= Doubtful
                && await client.GetAsync<V1Pod>(key, cancellationToken).ConfigureAwait(false) is null)
            {
                Forget(key);
            }
        }

        return Doubtful;
    }

    /// <summary>Creates a pod under a new name.</summary>
    /// <param name="owner">Whose pod it is.</param>
    /// <param name="pod">From <see cref="PodFactory"/>; this call names it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesApiException">The server refuses it: a quota, an invalid template, a namespace that is being deleted.</exception>
    public async Task<V1Pod> CreateAsync(IKubernetesObject<V1ObjectMeta> owner, V1Pod pod, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            pod.Metadata.Name = PodNames.After(owner.Metadata.Name);
            var key = ObjectKey.Of(pod);
            Expect(owner, key, pod);
            try
            {
                var made = await client.CreateAsync(pod, write: null, cancellationToken).ConfigureAwait(false);
                lock (gate)
                {
                    if (ownerOfCreated.ContainsKey(key))
                        created[owner.Metadata.Uid][key] = new(made, time.GetTimestamp());
                }

                return made;
            }
            catch (KubernetesApiException e)
            {
                // The server said no. Any other failure leaves it open, and the pod is looked for later.
                Forget(key);
                if (!e.IsAlreadyExists || attempt == NameAttempts)
                    throw;
            }
        }
    }

    /// <summary>Deletes a pod; no failure when it is gone already.</summary>
    public async Task DeleteAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        var uid = pod.Metadata.Uid;
        if (uid is not null)
        {
            lock (gate)
                deleted.Add(uid);
        }

        try
        {
            var there = await client.DeleteAsync<V1Pod>(ObjectKey.Of(pod), new DeleteOptions { Uid = uid }, cancellationToken).ConfigureAwait(false);
            if (!there)
                Forget(ObjectKey.Of(pod));
        }
        catch (KubernetesApiException e) when (e.IsConflict)
        {
            // Another pod has the name by now: the one that was meant is gone.
        }
        catch
        {
            if (uid is not null)
            {
                lock (gate)
                    deleted.Remove(uid);
            }

            throw;
        }
        finally
        {
            // Its last event may have come before this line: then nobody else would clean up.
            if (uid is not null && cache.Get(ObjectKey.Of(pod))?.Metadata.Uid != uid)
            {
                lock (gate)
                {
                    if (!ownerOfCreated.ContainsKey(ObjectKey.Of(pod)))
                        deleted.Remove(uid);
                }
            }
        }
    }

    private static V1Pod Ending(V1Pod pod) =>
        pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTime.UnixEpoch } };

    private void Expect(IKubernetesObject<V1ObjectMeta> owner, ObjectKey key, V1Pod pod)
    {
        lock (gate)
        {
            if (!created.TryGetValue(owner.Metadata.Uid, out var of))
                created[owner.Metadata.Uid] = of = [];
            of[key] = new(pod with { Metadata = pod.Metadata with { } }, time.GetTimestamp());
            ownerOfCreated[key] = owner.Metadata.Uid;
        }
    }

    private void Forget(ObjectKey key)
    {
        lock (gate)
            ForgetLocked(key);
    }

    private void ForgetLocked(ObjectKey key)
    {
        if (!ownerOfCreated.Remove(key, out var owner) || !created.TryGetValue(owner, out var of))
            return;
        of.Remove(key);
        if (of.Count == 0)
            created.Remove(owner);
    }

    private void Seen(V1Pod? old, V1Pod? now)
    {
        var pod = (now ?? old)!;
        lock (gate)
        {
            ForgetLocked(ObjectKey.Of(pod));
            if (now is null || now.IsDeleting())
                deleted.Remove(pod.Metadata.Uid);
        }
    }

    private sealed record Unseen(V1Pod Pod, long At);
}

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Informers;

using AeroGrid.Node.Controllers.Ownership;
using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.ReplicaSets;

/// <summary>
/// Keeps the wanted number of a ReplicaSet's pods (Kubernetes documentation, "ReplicaSet"): claims pods by selector, creates what is
/// missing, deletes what is too much, and tells the numbers in the status.
/// </summary>
internal sealed class ReplicaSetReconciler(
    ResourceClient client,
    Informer<V1ReplicaSet> sets,
    OwnedPods pods,
    Claims<V1Pod> claims,
    EventRecorder events,
    TimeProvider time) : IReconciler<V1ReplicaSet>
{
    /// <summary>More pods than this are not created or deleted in one pass, so that one large set does not hold up all others.</summary>
    private const int Burst = 500;

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (sets.Get(key) is not { } set)
            return ReconcileResult.Done;
        var again = await pods.VerifyAsync(set, cancellationToken).ConfigureAwait(false);
        var claimed = await claims.ClaimAsync(set, set.Spec.Selector, pods.Of(set), cancellationToken).ConfigureAwait(false);
        var active = claimed.Where(static pod => pod.IsActive()).ToList();

        Exception? failed = null;
        if (set.Metadata.DeletionTimestamp is null)
        {
            var missing = (set.Spec.Replicas ?? 1) - active.Count;
            if (missing > 0)
                failed = await CreateAsync(set, active, Math.Min(missing, Burst), cancellationToken).ConfigureAwait(false);
            else if (missing < 0)
                failed = await DeleteAsync(set, active, Math.Min(-missing, Burst), cancellationToken).ConfigureAwait(false);
            var left = (set.Spec.Replicas ?? 1) - active.Count;
            if (left != 0 && failed is null)
                again = TimeSpan.Zero;
        }

        var failure = failed is null ? null : new ReplicaFailure(
            (set.Spec.Replicas ?? 1) > active.Count ? "FailedCreate" : "FailedDelete", Words(failed));
        var status = ReplicaSetStatuses.Of(set, active, failure, time.GetUtcNow(), out var nextAvailable);
        if (!ReplicaSetStatuses.Same(set.Status, status))
            await WriteStatusAsync(key, status, cancellationToken).ConfigureAwait(false);
        if (failed is not null)
            throw new InvalidOperationException($"The ReplicaSet {key} has {active.Count} of {set.Spec.Replicas} pods.", failed);
        again = nextAvailable is null || again < nextAvailable ? again : nextAvailable;
        return again is { } delay ? ReconcileResult.RequeueAfter(delay, "PodsPending") : ReconcileResult.Done;
    }

    private static string Words(Exception e) => e is KubernetesApiException { Status.Message: { Length: > 0 } message } ? message : e.Message;

    private async Task<Exception?> CreateAsync(V1ReplicaSet set, List<V1Pod> active, int count, CancellationToken cancellationToken)
    {
        var (_, failure) = await PodBatches.RunAsync(count, async _ =>
        {
            var pod = await pods.CreateAsync(set, PodFactory.FromTemplate(set.Spec.Template, set), cancellationToken).ConfigureAwait(false);
            lock (active)
                active.Add(pod);
            events.Normal(set, "SuccessfulCreate", $"Created pod: {pod.Metadata.Name}");
        }).ConfigureAwait(false);
        if (failure is { SourceException: var e })
            events.Warning(set, "FailedCreate", $"Error creating: {Words(e)}");
        return failure?.SourceException;
    }

    private async Task<Exception?> DeleteAsync(V1ReplicaSet set, List<V1Pod> active, int count, CancellationToken cancellationToken)
    {
        var surplus = active.Order(DeletionOrder.Instance).Take(count).ToList();
        var (_, failure) = await PodBatches.RunAsync(surplus.Count, async index =>
        {
            var pod = surplus[index];
            await pods.DeleteAsync(pod, cancellationToken).ConfigureAwait(false);
            lock (active)
                active.Remove(pod);
            events.Normal(set, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
        }).ConfigureAwait(false);
        if (failure is { SourceException: var e })
            events.Warning(set, "FailedDelete", $"Error deleting: {Words(e)}");
        return failure?.SourceException;
    }

    private async Task WriteStatusAsync(ObjectKey key, V1ReplicaSetStatus status, CancellationToken cancellationToken)
    {
        try
        {
            await client.MergePatchAsync<V1ReplicaSet>(key, new { status }, StatusWrite, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted meanwhile: nobody is left who would read it.
        }
    }

    private static readonly WriteOptions StatusWrite = new() { Subresource = "status", FieldManager = "replicaset-controller" };
}

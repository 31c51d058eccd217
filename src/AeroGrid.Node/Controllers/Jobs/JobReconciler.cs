using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;

using AeroGrid.Node.Controllers.Pods;
using AeroGrid.Node.Controllers.ReplicaSets;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>
/// Runs pods until enough of them have succeeded (Kubernetes documentation, "Jobs").
/// <code>
///              +--> SuccessCriteriaMet --(last pod ended, all counted)--> Complete --(ttlSecondsAfterFinished)--> deleted
///   running ---+
///              +--> FailureTarget ------(last pod ended, all counted)--> Failed ----(ttlSecondsAfterFinished)--> deleted
/// </code>
/// </summary>
internal sealed class JobReconciler(
    ResourceClient client, Informer<V1Job> jobs, OwnedPods pods, JobFinalizers finalizers, EventRecorder events, TimeProvider time)
    : IReconciler<V1Job>
{
    /// <summary>The value of <c>spec.managedBy</c> that stands for this controller, as does none.</summary>
    private const string Manager = "kubernetes.io/job-controller";

    private readonly JobStatusWriter writer = new(client, finalizers, time);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var job = jobs.Get(key);
        await ReleaseStraysAsync(key, job, cancellationToken).ConfigureAwait(false);
        if (job is null or { Metadata.DeletionTimestamp: not null } || job.Spec.ManagedBy is not (null or "" or Manager))
            return ReconcileResult.Done;
        if (JobConditions.FinishedAt(job) is { } finished)
            return await ExpireAsync(job, finished, cancellationToken).ConfigureAwait(false);

        var again = await pods.VerifyAsync(job, cancellationToken).ConfigureAwait(false);
        var tally = JobTally.Of(job, pods.Of(job), finalizers.IsCountable);
        var decision = JobDecision.For(job, tally, time.GetUtcNow());
        var failure = await WorkAsync(job, tally, decision, cancellationToken).ConfigureAwait(false);
        var before = job;
        job = await writer.WriteAsync(job, tally, decision.End, cancellationToken).ConfigureAwait(false);
        Tell(before, job);
        if (failure is not null)
            throw new InvalidOperationException($"The Job {key} could not create or delete its pods.", failure);
        if (JobConditions.FinishedAt(job) is { } end)
            return await ExpireAsync(job, end, cancellationToken).ConfigureAwait(false);
        again = decision.LookAgain is null || again < decision.LookAgain ? again : decision.LookAgain;

        // The deadline counts from a start that was written only now.
        if (again is null && job.Spec is { ActiveDeadlineSeconds: { } seconds, Suspend: not true })
            again = TimeSpan.FromSeconds(seconds);
        return again is { } delay ? ReconcileResult.RequeueAfter(delay, "JobTime") : ReconcileResult.Done;
    }

    /// <summary>
    /// Pods that nobody will count any more must not be held back: those of a Job that is gone, that has ended, or that is being deleted.
    /// </summary>
    private async Task ReleaseStraysAsync(ObjectKey key, V1Job? job, CancellationToken cancellationToken)
    {
        var strays = finalizers.TrackedBy(key);
        if (job is { Metadata.DeletionTimestamp: null } && JobConditions.FinishedAt(job) is null)
            strays = [.. strays.Where(pod => !OwnerReferences.IsControlledBy(pod, job))];
        if (strays.Count == 0)
            return;

        // The cache of Jobs may be behind that of pods: only the server knows that a Job is gone.
        if (job is null
            && await client.GetAsync<V1Job>(key, cancellationToken).ConfigureAwait(false) is { Metadata.DeletionTimestamp: null } alive)
        {
            strays = [.. strays.Where(pod => !OwnerReferences.IsControlledBy(pod, alive))];
        }

        await finalizers.ReleaseAsync(strays, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ReconcileResult> ExpireAsync(V1Job job, DateTime finished, CancellationToken cancellationToken)
    {
        if (job.Spec.TtlSecondsAfterFinished is not { } seconds)
            return ReconcileResult.Done;
        var left = finished.AddSeconds(seconds) - time.GetUtcNow().UtcDateTime;
        if (left > TimeSpan.Zero)
            return ReconcileResult.RequeueAfter(left, "TimeToLive");
        await client.DeleteAsync<V1Job>(
            ObjectKey.Of(job),
            new DeleteOptions { Uid = job.Metadata.Uid, Propagation = PropagationPolicy.Background },
            cancellationToken).ConfigureAwait(false);
        return ReconcileResult.Done;
    }

    /// <summary>Creates what is missing and deletes what is too much; the tally then shows the result.</summary>
    private async Task<Exception?> WorkAsync(V1Job job, JobTally tally, JobDecision decision, CancellationToken cancellationToken)
    {
        var missing = decision.WantActive - tally.Active.Count;
        if (missing < 0)
        {
            var surplus = tally.Active.Order(DeletionOrder.Instance).Take(-missing).ToList();
            var (_, failure) = await PodBatches.RunAsync(surplus.Count, async index =>
            {
                await pods.DeleteAsync(surplus[index], cancellationToken).ConfigureAwait(false);
                tally.Deleted(surplus[index]);
                events.Normal(job, "SuccessfulDelete", $"Deleted pod: {surplus[index].Metadata.Name}");
            }).ConfigureAwait(false);
            return failure?.SourceException;
        }

        if (missing == 0 || decision.CreateAfter > TimeSpan.Zero)
            return null;
        List<int>? indexes = CompletionIndexes.AreUsed(job)
            ? [.. CompletionIndexes.Free(job.Spec.Completions ?? 0, tally.CompletedIndexes, tally.Active).Take(missing)]
            : null;
        var (_, failed) = await PodBatches.RunAsync(indexes?.Count ?? missing, async number =>
        {
            var pod = await pods.CreateAsync(job, JobLabels.NewPod(job, indexes?[number]), cancellationToken).ConfigureAwait(false);
            tally.Created(pod);
            events.Normal(job, "SuccessfulCreate", $"Created pod: {pod.Metadata.Name}");
        }).ConfigureAwait(false);
        if (failed is { SourceException: var e })
        {
            events.Warning(
                job, "FailedCreate", $"Error creating: {(e is KubernetesApiException { Status.Message: { } message } ? message : e.Message)}");
        }

        return failed?.SourceException;
    }

    private void Tell(V1Job before, V1Job after)
    {
        if (JobConditions.FinishedAt(before) is null)
        {
            if (JobConditions.True(after.Status?.Conditions, JobConditions.Complete) is not null)
                events.Normal(after, "Completed", "Job completed");
            else if (JobConditions.True(after.Status?.Conditions, JobConditions.Failed) is { } failed)
                events.Warning(after, failed.Reason, failed.Message);
        }

        var suspended = JobConditions.True(after.Status?.Conditions, JobConditions.Suspended) is not null;
        if (suspended != JobConditions.True(before.Status?.Conditions, JobConditions.Suspended) is not null)
            events.Normal(after, suspended ? "Suspended" : "Resumed", suspended ? "Job suspended" : "Job resumed");
    }
}

using System.Runtime.ExceptionServices;

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Informers;

using AeroGrid.Node.Controllers.Ownership;
using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>
/// Rolls a Deployment's template out over ReplicaSets, one for each template (Kubernetes documentation, "Deployments"). One pass makes the
/// new set, moves pods from the old sets to it as far as the limits allow, and tells what it did in the status; the events of the sets'
/// statuses bring the next pass.
/// </summary>
internal sealed class DeploymentReconciler(
    ResourceClient client,
    Informer<V1Deployment> deployments,
    Informer<V1ReplicaSet> sets,
    Informer<V1Pod> pods,
    Claims<V1ReplicaSet> claims,
    EventRecorder events,
    TimeProvider time) : IReconciler<V1Deployment>
{
    private static readonly WriteOptions Write = new() { FieldManager = "deployment-controller" };

    private readonly ReplicaSetWriter writer = new(client, events);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (deployments.Get(key) is not { Metadata.DeletionTimestamp: null } deployment)
            return ReconcileResult.Done;
        if (LabelSelectors.IsEmpty(deployment.Spec.Selector))
        {
            events.Warning(deployment, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
            return ReconcileResult.Done;
        }

        var claimed = await claims.ClaimAsync(deployment, deployment.Spec.Selector, sets.OwnedBy(deployment), cancellationToken)
            .ConfigureAwait(false);
        var pass = new Pass(deployment, ReplicaSetHistory.Of(deployment, claimed), new(deployment.Status?.Conditions, time.GetUtcNow()))
        {
            CollisionCount = deployment.Status?.CollisionCount,
        };
        NotePause(pass);
        await RollOutAsync(pass, cancellationToken).ConfigureAwait(false);
        if (pass.History.New is { } present)
            await WriteRevisionAsync(deployment, present, cancellationToken).ConfigureAwait(false);
        var status = DeploymentProgress.Of(deployment, pass.History, pass.Conditions, pass.CollisionCount, time.GetUtcNow());
        if (!DeploymentProgress.Same(deployment.Status, status))
            await WriteStatusAsync(key, status, cancellationToken).ConfigureAwait(false);
        pass.Failure?.Throw();
        if (deployment.Spec.Paused == true || DeploymentProgress.IsComplete(deployment, status))
            await CleanUpAsync(pass, cancellationToken).ConfigureAwait(false);
        if (pass.Again)
            return ReconcileResult.RequeueAfter(TimeSpan.Zero, "NameTaken");
        return DeploymentProgress.UntilDeadline(deployment, status, time.GetUtcNow()) is { } left
            ? ReconcileResult.RequeueAfter(left, "ProgressDeadline")
            : ReconcileResult.Done;
    }

    /// <summary>Pausing stops the rollout's clock; resuming starts it anew.</summary>
    private static void NotePause(Pass pass)
    {
        var present = pass.Conditions.Find(DeploymentConditions.Progressing);
        if (pass.Deployment.Spec.Paused == true)
        {
            if (present?.Reason != DeploymentConditions.ProgressDeadlineExceeded)
                pass.Conditions.Set(DeploymentConditions.Progressing, null, DeploymentConditions.DeploymentPaused, "Deployment is paused");
        }
        else if (present?.Reason == DeploymentConditions.DeploymentPaused)
        {
            pass.Conditions.Set(DeploymentConditions.Progressing, null, DeploymentConditions.DeploymentResumed, "Deployment is resumed");
        }
    }

    private async Task RollOutAsync(Pass pass, CancellationToken cancellationToken)
    {
        var (deployment, history) = (pass.Deployment, pass.History);
        if (deployment.Spec.Paused == true || (!RollingUpdate.IsRecreate(deployment) && WasScaled(deployment, history)))
        {
            if (history.New is { } present)
                await RefreshAsync(pass, present, cancellationToken).ConfigureAwait(false);
            foreach (var (name, size) in Scaling.Proportional(deployment, history.New, history.Old))
                await ResizeAsync(pass, history.All.First(set => set.Metadata.Name == name), size, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (RollingUpdate.IsRecreate(deployment))
        {
            foreach (var set in history.Old.Where(static set => set.Replicas() > 0).ToList())
                await ResizeAsync(pass, set, 0, cancellationToken).ConfigureAwait(false);
            if (history.Old.Any(HasRunningPods))
                return;
            if (await EnsureNewAsync(pass, cancellationToken).ConfigureAwait(false) is { } alone)
                await ResizeAsync(pass, alone, deployment.Replicas(), cancellationToken).ConfigureAwait(false);
            return;
        }

        if (await EnsureNewAsync(pass, cancellationToken).ConfigureAwait(false) is not { } newSet)
            return;
        newSet = await ResizeAsync(pass, newSet, Scaling.NewSetSize(deployment, newSet, history.Old), cancellationToken).ConfigureAwait(false);
        foreach (var (name, size) in Scaling.OldSetSizes(deployment, newSet, history.Old))
            await ResizeAsync(pass, history.Old.First(set => set.Metadata.Name == name), size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Someone changed the number of replicas since the sets' sizes were decided.</summary>
    private static bool WasScaled(V1Deployment deployment, ReplicaSetHistory history) =>
        history.All.Any(set =>
            set.Replicas() > 0
            && int.TryParse(set.Annotation(ReplicaSetAnnotations.DesiredReplicas), out var decided)
            && decided != deployment.Replicas());

    private bool HasRunningPods(V1ReplicaSet set) =>
        (set.Status?.Replicas ?? 0) > 0 || pods.OwnedBy(set).Any(static pod => !pod.IsTerminal());

    /// <returns>The set of the present template, or null when it could not be made in this pass.</returns>
    private async Task<V1ReplicaSet?> EnsureNewAsync(Pass pass, CancellationToken cancellationToken)
    {
        if (pass.History.New is { } present)
            return await RefreshAsync(pass, present, cancellationToken).ConfigureAwait(false);
        var wanted = ReplicaSetFactory.Create(pass.Deployment, pass.History);
        V1ReplicaSet? made;
        try
        {
            made = await writer.CreateAsync(pass.Deployment, wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e)
        {
            var message = $"Failed to create new replica set \"{wanted.Metadata.Name}\": {e.Status.Message}";
            pass.Conditions.Set(DeploymentConditions.Progressing, false, DeploymentConditions.ReplicaSetCreateError, message);
            events.Warning(pass.Deployment, DeploymentConditions.ReplicaSetCreateError, message);
            pass.Fail(e);
            return null;
        }

        if (made is null)
        {
            pass.CollisionCount = (pass.CollisionCount ?? 0) + 1;
            pass.Again = true;
            return null;
        }

        pass.History.SetNew(made);
        pass.Conditions.Progressed(DeploymentConditions.NewReplicaSetCreated, $"Created new replica set \"{made.Metadata.Name}\"");
        return made;
    }

    /// <summary>Brings the annotations of the present template's set up to date: after a rollback it becomes the newest revision.</summary>
    private async Task<V1ReplicaSet> RefreshAsync(Pass pass, V1ReplicaSet set, CancellationToken cancellationToken)
    {
        var annotations = ReplicaSetAnnotations.ForNewSet(pass.Deployment, set, pass.History.Revision);
        pass.NewAnnotations = annotations;
        if (pass.Conditions.Find(DeploymentConditions.Progressing) is null)
        {
            pass.Conditions.Set(
                DeploymentConditions.Progressing,
                true,
                DeploymentConditions.FoundNewReplicaSet,
                $"Found new replica set \"{set.Metadata.Name}\"");
        }

        if (annotations[ReplicaSetAnnotations.Revision] != set.Annotation(ReplicaSetAnnotations.Revision))
        {
            set = await writer.UpdateAsync(
                pass.Deployment, set, set.Replicas(), annotations, pass.Deployment.Spec.MinReadySeconds, cancellationToken).ConfigureAwait(false);
            pass.History.Update(set);
        }

        return set;
    }

    private async Task<V1ReplicaSet> ResizeAsync(Pass pass, V1ReplicaSet set, int size, CancellationToken cancellationToken)
    {
        var isNew = pass.History.New?.Metadata.Name == set.Metadata.Name;
        var updated = await writer.UpdateAsync(
            pass.Deployment,
            set,
            size,
            isNew ? pass.NewAnnotations : null,
            isNew ? pass.Deployment.Spec.MinReadySeconds : set.Spec.MinReadySeconds,
            cancellationToken).ConfigureAwait(false);
        pass.History.Update(updated);
        return updated;
    }

    private async Task WriteRevisionAsync(V1Deployment deployment, V1ReplicaSet set, CancellationToken cancellationToken)
    {
        var revision = set.Annotation(ReplicaSetAnnotations.Revision);
        string? written = null;
        deployment.Metadata.Annotations?.TryGetValue(ReplicaSetAnnotations.Revision, out written);
        if (revision is null || revision == written)
            return;
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [ReplicaSetAnnotations.Revision] = revision };
        await client.MergePatchAsync<V1Deployment>(
            ObjectKey.Of(deployment), new { metadata = new { uid = deployment.Metadata.Uid, annotations } }, Write, cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task WriteStatusAsync(ObjectKey key, V1DeploymentStatus status, CancellationToken cancellationToken)
    {
        try
        {
            await client.MergePatchAsync<V1Deployment>(key, new { status }, Write with { Subresource = "status" }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted meanwhile: nobody is left who would read it.
        }
    }

    private async Task CleanUpAsync(Pass pass, CancellationToken cancellationToken)
    {
        foreach (var set in pass.History.Surplus(pass.Deployment))
            await writer.DeleteAsync(set, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One pass over one Deployment.</summary>
    private sealed class Pass(V1Deployment deployment, ReplicaSetHistory history, DeploymentConditions conditions)
    {
        public V1Deployment Deployment { get; } = deployment;

        public ReplicaSetHistory History { get; } = history;

        public DeploymentConditions Conditions { get; } = conditions;

        public int? CollisionCount { get; set; }

        public Dictionary<string, string>? NewAnnotations { get; set; }

        public bool Again { get; set; }

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Fail(Exception e) => Failure = ExceptionDispatchInfo.Capture(e);
    }
}

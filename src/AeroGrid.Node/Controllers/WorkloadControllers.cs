using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.ControllerRuntime.Queues;

using AeroGrid.Node.Controllers.Collection;
using AeroGrid.Node.Controllers.Deployments;
using AeroGrid.Node.Controllers.EndpointSlices;
using AeroGrid.Node.Controllers.Jobs;
using AeroGrid.Node.Controllers.Ownership;
using AeroGrid.Node.Controllers.Pods;
using AeroGrid.Node.Controllers.ReplicaSets;
using AeroGrid.Node.Controllers.Scheduling;

namespace AeroGrid.Node.Controllers;

/// <summary>
/// The controllers that a Kubernetes cluster has in kube-controller-manager and kube-scheduler, as far as one machine needs them:
/// <code>
/// Deployment --> ReplicaSet --> Pod --> (bound to the node, run by the kubelet) --> EndpointSlice of each Service
/// Job -----------------------> Pod
/// </code>
/// They know nothing but the Kubernetes API: what a pod runs on is the kubelet's affair.
/// </summary>
public static class WorkloadControllers
{
    /// <summary>
    /// Conflicts are normal between controllers that write the same objects, and the event that ends one is on its way: the first new
    /// attempt comes soon.
    /// </summary>
    private static readonly Backoff Quick = new() { Initial = TimeSpan.FromMilliseconds(10) };

    /// <summary>Adds the controllers to a manager that has not been started.</summary>
    public static void AddTo(ControllerManager manager, WorkloadControllerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(manager);
        options ??= new();
        AddScheduler(manager, options);
        AddReplicaSets(manager, options);
        AddDeployments(manager, options);
        AddJobs(manager, options);
        AddEndpointSlices(manager, options);
        AddPodCollector(manager, options);
    }

    private static void AddScheduler(ControllerManager manager, WorkloadControllerOptions options)
    {
        var scheduler = new Scheduler(
            manager.Client,
            manager.Informer<V1Pod>(),
            manager.Informer<V1Node>(),
            manager.CreateEventRecorder(Scheduler.Name),
            options.TimeProvider);
        manager.AddController<V1Pod>("scheduler", scheduler, controller => controller
            .Where(static (_, pod) => Scheduler.IsWaiting(pod))
            .Watches<V1Node>(_ => scheduler.Waiting())
            .Backoff(Quick)
            .Workers(options.Workers));
    }

    private static void AddReplicaSets(ControllerManager manager, WorkloadControllerOptions options)
    {
        var sets = manager.Informer<V1ReplicaSet>();
        var pods = manager.Informer<V1Pod>();
        var reconciler = new ReplicaSetReconciler(
            manager.Client,
            sets,
            new OwnedPods(manager.Client, pods, options.TimeProvider),
            new Claims<V1Pod>(manager.Client, pods),
            manager.CreateEventRecorder("replicaset-controller"),
            options.TimeProvider);
        manager.AddController<V1ReplicaSet>("replicasets", reconciler, controller => controller
            .Owns<V1Pod>()
            .Watches<V1Pod>(pod => OwnerReferences.ControllerOf(pod) is not null || pod.IsDeleting()
                ? []
                : sets.List(pod.Metadata.NamespaceProperty)
                    .Where(set => LabelSelectors.Matches(set.Spec.Selector, pod.Metadata.Labels))
                    .Select(ObjectKey.Of))
            .Backoff(Quick)
            .Workers(options.Workers));
    }

    private static void AddDeployments(ControllerManager manager, WorkloadControllerOptions options)
    {
        var deployments = manager.Informer<V1Deployment>();
        var sets = manager.Informer<V1ReplicaSet>();
        var pods = manager.Informer<V1Pod>();
        var reconciler = new DeploymentReconciler(
            manager.Client,
            deployments,
            sets,
            pods,
            new Claims<V1ReplicaSet>(manager.Client, sets),
            manager.CreateEventRecorder("deployment-controller"),
            options.TimeProvider);
        manager.AddController<V1Deployment>("deployments", reconciler, controller => controller
            .Owns<V1ReplicaSet>()
            .Watches<V1ReplicaSet>(set => OwnerReferences.ControllerOf(set) is not null
                ? []
                : deployments.List(set.Metadata.NamespaceProperty)
                    .Where(deployment => LabelSelectors.Matches(deployment.Spec.Selector, set.Metadata.Labels))
                    .Select(ObjectKey.Of))

            // Recreate waits for the last old pod, which no ReplicaSet's status tells.
            .Watches<V1Pod>(pod => OwnerReferences.ControllerKey<V1ReplicaSet>(pod) is { } setKey
                && sets.Get(setKey) is { } set
                && OwnerReferences.ControllerKey<V1Deployment>(set) is { } owner
                && deployments.Get(owner) is { } deployment
                && RollingUpdate.IsRecreate(deployment)
                    ? [owner]
                    : [])
            .Backoff(Quick)
            .Workers(options.Workers));
    }

    private static void AddJobs(ControllerManager manager, WorkloadControllerOptions options)
    {
        var pods = manager.Informer<V1Pod>();
        var reconciler = new JobReconciler(
            manager.Client,
            manager.Informer<V1Job>(),
            new OwnedPods(manager.Client, pods, options.TimeProvider),
            new JobFinalizers(manager.Client, pods),
            manager.CreateEventRecorder("job-controller"),
            options.TimeProvider);
        manager.AddController<V1Job>("jobs", reconciler, controller => controller
            .Watches<V1Pod>(static pod => JobLabels.JobOf(pod) is { } job ? [new ObjectKey(pod.Metadata.NamespaceProperty, job)] : [])
            .Backoff(Quick)
            .Workers(options.Workers));
    }

    private static void AddEndpointSlices(ControllerManager manager, WorkloadControllerOptions options)
    {
        var reconciler = new EndpointSliceReconciler(
            manager.Client, manager.Informer<V1Service>(), manager.Informer<V1Pod>(), manager.Informer<V1EndpointSlice>());
        manager.AddController<V1Service>("endpointslices", reconciler, controller => controller
            .Watches<V1Pod>(reconciler.ServicesOf)
            .Watches<V1EndpointSlice>(EndpointSliceReconciler.ServiceOf)
            .Backoff(Quick)
            .Workers(options.Workers));
    }

    private static void AddPodCollector(ControllerManager manager, WorkloadControllerOptions options)
    {
        var collector = new PodCollector(
            manager.Client, manager.Informer<V1Pod>(), manager.Informer<V1Node>(), options.MissingNodeGrace, options.TimeProvider);
        manager.AddController<V1Pod>("pod-collector", collector, controller => controller
            .Where((_, pod) => collector.IsStranded(pod))
            .Watches<V1Node>(collector.LeftBehindBy)
            .Backoff(Quick));
    }
}

using System.Collections.Concurrent;

using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.Api.Runtimes;
using AeroGrid.Api.Tenants;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Controllers;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Apps.Rollouts;
using AeroGrid.Operator.Apps.Steps;
using AeroGrid.Operator.Istio;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

namespace AeroGrid.Operator.Apps;

/// <summary>
/// Makes an app run: stop (if wanted), validate, source (ConfigMap and Image), route, image (wait), roll-out (revision and Deployment),
/// availability (look), retention. Watches Apps, what they own, their pods, Runtimes and Tenants; writes App.status and the children.
/// </summary>
internal sealed class AppReconciler : IReconciler<App>
{
    private const string PodsOfApp = "app";

    private readonly ResourceClient client;
    private readonly OperatorOptions options;
    private readonly AppEvents events;
    private readonly Informer<App> apps;
    private readonly Informer<V1Deployment> deployments;
    private readonly Informer<V1Pod> pods;
    private readonly Informer<RevisionSummary> revisions;
    private readonly Informer<Runtime> runtimes;
    private readonly Informer<Tenant> tenants;
    private readonly RevisionNumbers numbers = new();
    private readonly ConcurrentDictionary<ObjectKey, (string Uid, long? Generation, string Version)> versions = new();
    private readonly Pipeline<AppRun> pipeline;

    public AppReconciler(ControllerManager manager, EventRecorder recorder, OperatorOptions options)
    {
        client = manager.Client;
        this.options = options;
        events = new(recorder);
        apps = manager.Informer<App>();
        deployments = manager.Informer<V1Deployment>(Selections.Managed);
        pods = manager.Informer<V1Pod>(Selections.Managed).AddIndex(PodsOfApp, pod => KeyOf(pod) is { } key ? [key.ToString()] : []);
        revisions = manager.Informer<RevisionSummary>(Selections.Managed);
        runtimes = manager.Informer<Runtime>();
        tenants = manager.Informer<Tenant>();
        var images = manager.Informer<Image>();
        var children = new Reconciling.Children(client);
        pipeline = new(
            [
                new StopStep(client),
                new ValidateStep(),
                new SourceStep(children, images),
                new RouteStep(
                    children,
                    options.Gateway,
                    manager.Informer<V1Service>(Selections.Managed),
                    manager.Informer<VirtualService>(Selections.Managed),
                    manager.Informer<AuthorizationPolicy>(Selections.Managed)),
                new ImageStep(),
                new RolloutStep(children, numbers),
                new AvailabilityStep(options.TimeProvider, options.StartTimeout, new Diagnosis(client)),
                new RetentionStep(client, children, images),
            ],
            options.TimeProvider);
    }

    /// <summary>What is watched, and how many apps are worked on at once.</summary>
    public void Configure(ControllerBuilder<App> builder) => builder
        .IgnoreStatusChanges()
        .Owns<Image>()
        .Owns<V1Deployment>(Selections.Managed)
        .Owns<V1Service>(Selections.Managed)
        .Owns<VirtualService>(Selections.Managed)
        .Owns<AuthorizationPolicy>(Selections.Managed)
        .Watches<V1Pod>(pod => KeyOf(pod) is { } key ? [key] : [], Selections.Managed)
        .Watches<Runtime>(runtime => apps.List()
            .Where(app => (app.Spec.Runtime ?? AppSpec.DefaultRuntime) == runtime.Metadata.Name)
            .Select(ObjectKey.Of))
        .Watches<Tenant>(tenant => apps.List(Names.Namespace(tenant.Metadata.Name)).Select(ObjectKey.Of))
        .Workers(8);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (apps.Get(key) is not { } app)
        {
            if (versions.TryRemove(key, out var gone))
                numbers.Forget(gone.Uid);
            return ReconcileResult.Done;
        }

        // Everything that belongs to it has an owner reference, and the API server removes it.
        if (Finalizers.IsDeleting(app))
            return ReconcileResult.Done;

        var run = Gather(key, app);
        var conditions = StatusWriter.Copy(app.Status?.Conditions);
        var outcome = await pipeline.RunAsync(run, conditions, app.Metadata.Generation, cancellationToken);
        var status = AppStatuses.Sum(run, outcome, conditions, options.AppsUrl, options.TimeProvider);
        if (!StatusWriter.Same(app.Status, status))
        {
            events.Tell(app, status);
            await StatusWriter.ApplyAsync(client, app, new App { Spec = null!, Status = status }, cancellationToken);
        }

        return outcome.ToResult();
    }

    private AppRun Gather(ObjectKey key, App app) => new()
    {
        App = app,
        Version = VersionOf(key, app),
        Runtime = runtimes.Get(null, app.Spec.Runtime ?? AppSpec.DefaultRuntime),
        TenantObject = tenants.Get(null, app.Metadata.NamespaceProperty),
        Deployment = deployments.Get(key.Namespace, Names.Deployment(key.Name)),
        Pods = [.. pods.ByIndex(PodsOfApp, key.ToString()).Where(pod => pod.Metadata.DeletionTimestamp is null)],
        Revisions = revisions.OwnedBy(app),
    };

    /// <summary>Hashing up to 900 KiB with every event of a pod would be a waste: a version is computed once for each generation.</summary>
    private string VersionOf(ObjectKey key, App app)
    {
        if (versions.TryGetValue(key, out var known) && known.Uid == app.Metadata.Uid && known.Generation == app.Metadata.Generation)
            return known.Version;
        var version = SourceHash.Of(app.Spec.Runtime ?? AppSpec.DefaultRuntime, app.Spec.Files);
        versions[key] = (app.Metadata.Uid, app.Metadata.Generation, version);
        return version;
    }

    private static ObjectKey? KeyOf(V1Pod pod) =>
        pod.Metadata.Labels is { } labels && labels.ContainsKey(Labels.Version) && labels.TryGetValue(Labels.Instance, out var app)
            ? new ObjectKey(pod.Metadata.NamespaceProperty, app)
            : null;
}

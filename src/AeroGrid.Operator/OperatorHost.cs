using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.Api.Tenants;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Leadership;
using AeroGrid.Oci.Distribution;
using AeroGrid.Operator.Apps;
using AeroGrid.Operator.Images;
using AeroGrid.Operator.Tenants;

using k8s;

using Microsoft.Extensions.Logging;

namespace AeroGrid.Operator;

/// <summary>
/// The operator: the reconcilers of apps, images and tenants on one set of caches. Several may run at once; the one that holds the lease
/// works.
/// <code>
/// await using var host = new OperatorHost(options);
/// await host.RunAsync(stop);
/// </code>
/// Thread-safe. Runs once.
/// </summary>
public sealed class OperatorHost : IAsyncDisposable
{
    private readonly ResourceClient client;
    private readonly RegistryClient registry;
    private readonly ControllerManager manager;

    /// <summary>An operator; nothing happens before <see cref="RunAsync"/>.</summary>
    public OperatorHost(OperatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        client = ResourceClient.Create(
            new KubernetesClientConfiguration { Host = options.ApiServer.ToString(), AccessToken = options.Token },
            options.Client with { TimeProvider = options.TimeProvider });
        registry = new RegistryClient(
            new RegistryClientOptions
            {
                Endpoints = options.RegistryEndpoint is { } endpoint ? new Dictionary<string, Uri> { [options.Registry] = endpoint } : [],
                Credentials = options.RegistryCredential is { } credential
                    ? new Dictionary<string, RegistryCredential> { [options.Registry] = credential }
                    : [],
                TimeProvider = options.TimeProvider,
            },
            options.LoggerFactory.CreateLogger<RegistryClient>());
        manager = new ControllerManager(client, new ControllerManagerOptions
        {
            LeaderElection = Election(options),
            LoggerFactory = options.LoggerFactory,
            TimeProvider = options.TimeProvider,
        });

        var apps = new AppReconciler(manager, manager.CreateEventRecorder(ApiGroup.FieldManager), options);
        var images = new ImageReconciler(manager, registry, options);
        var tenants = new TenantReconciler(manager, options);
        manager.AddController<App>("apps", apps, apps.Configure);
        manager.AddController<Image>("images", images, images.Configure);
        manager.AddController<Tenant>("tenants", tenants, TenantReconciler.Configure);
    }

    /// <summary>Whether the caches are filled. An operator that waits for its turn to work is ready too.</summary>
    public bool IsReady => manager.IsReady;

    /// <summary>Whether this operator is the one that works.</summary>
    public bool IsLeader => manager.IsLeader;

    /// <summary>Ends when <see cref="IsReady"/>.</summary>
    public Task WaitForReadyAsync(CancellationToken cancellationToken = default) => manager.WaitForReadyAsync(cancellationToken);

    /// <summary>Works until cancelled, then finishes what it is at and gives the lease back.</summary>
    /// <exception cref="LeadershipLostException">The lease is lost: end the process with a non-zero exit code.</exception>
    public Task RunAsync(CancellationToken cancellationToken) => manager.RunAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await manager.DisposeAsync();
        registry.Dispose();
        client.Dispose();
    }

    /// <summary>The proportions of Kubernetes' own components: 15 s, 10 s, 2 s.</summary>
    private static LeaderElectionOptions Election(OperatorOptions options)
    {
        var election = new LeaderElectionOptions
        {
            Namespace = Names.SystemNamespace,
            Name = Names.OperatorLease,
            LeaseDuration = options.LeaseDuration,
            RenewDeadline = options.LeaseDuration * 2 / 3,
            RetryPeriod = options.LeaseDuration * 2 / 15,
        };
        return options.Identity is { } identity ? election with { Identity = identity } : election;
    }
}

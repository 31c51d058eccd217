using System.Runtime.CompilerServices;
using System.Threading.Channels;

using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Policies;
using AeroGrid.Gateway.Resources;

using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Follows the Kubernetes objects and keeps the current snapshot. Endpoints take effect at once and by themselves; routes and policies are
/// built anew as one snapshot, and several changes at a time make one. Without a connection to the API server the last state stays good.
/// Thread-safe.
/// </summary>
internal sealed partial class GatewayState
{
    private const string ByService = "service";

    private readonly GatewayOptions options;
    private readonly ILogger logger;
    private readonly Informer<VirtualService> virtualServices;
    private readonly Informer<IstioGateway> gateways;
    private readonly Informer<RequestAuthentication> authentications;
    private readonly Informer<AuthorizationPolicy> policies;
    private readonly Informer<V1Service> services;
    private readonly Informer<V1EndpointSlice> slices;
    private readonly IReadOnlyList<Func<CancellationToken, Task>> runs;
    private readonly IReadOnlyList<Func<CancellationToken, Task>> synced;
    private readonly ServiceDirectory directory;
    private readonly VirtualServiceCompiler routeCompiler;
    private readonly AuthenticationCompiler authenticationCompiler;
    private readonly PolicyCompiler policyCompiler;
    private readonly ConditionalWeakTable<AuthorizationPolicy, CompiledPolicy> compiledPolicies = [];
    private readonly ConditionalWeakTable<RequestAuthentication, CompiledAuthentication> compiledAuthentications = [];
    private readonly ConditionalWeakTable<IstioGateway, object> reportedGateways = [];
    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private ConditionalWeakTable<VirtualService, List<Route>> compiledRoutes = [];
    private GatewayHosts? hosts;
    private volatile bool gatewaysChanged = true;
    private volatile GatewaySnapshot? current;

    public GatewayState(GatewayOptions options, ResourceClient client, TokenValidators validators, ILoggerFactory loggers)
    {
        this.options = options;
        logger = loggers.CreateLogger<GatewayState>();
        virtualServices = new(client, loggers: loggers, timeProvider: options.TimeProvider);
        gateways = new(client, loggers: loggers, timeProvider: options.TimeProvider);
        authentications = new(client, loggers: loggers, timeProvider: options.TimeProvider);
        policies = new(client, loggers: loggers, timeProvider: options.TimeProvider);
        services = new(client, loggers: loggers, timeProvider: options.TimeProvider);
        slices = new(client, loggers: loggers, timeProvider: options.TimeProvider);
        slices.AddIndex(ByService, slice => ServiceOf(slice) is { } key ? [key.ToString()] : []);
        runs =
        [
            policies.RunAsync, authentications.RunAsync, gateways.RunAsync, services.RunAsync, slices.RunAsync, virtualServices.RunAsync,
        ];
        synced =
        [
            policies.WaitForSyncAsync, authentications.WaitForSyncAsync, gateways.WaitForSyncAsync,
            services.WaitForSyncAsync, slices.WaitForSyncAsync, virtualServices.WaitForSyncAsync,
        ];
        directory = new ServiceDirectory(services.Get, key => slices.ByIndex(ByService, key.ToString()));
        routeCompiler = new VirtualServiceCompiler(directory.Get, options.ClusterDomain, options.ServerPort);
        authenticationCompiler = new AuthenticationCompiler(validators);
        policyCompiler = new PolicyCompiler(options.Principal, options.Namespace);

        services.Changed += (old, now) => directory.Refresh(ObjectKey.Of((now ?? old)!));
        slices.Changed += OnSliceChanged;
        gateways.Changed += (_, _) =>
        {
            gatewaysChanged = true;
            Signal();
        };
        virtualServices.Changed += (_, _) => Signal();
        authentications.Changed += (_, _) => Signal();
        policies.Changed += (_, _) => Signal();
    }

    /// <summary>The current snapshot; null until every kind of object has been listed, so that no route is ever served without its policies.</summary>
    public GatewaySnapshot? Current => current;

    /// <summary>Follows the objects until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var all = Task.WhenAll(runs.Select(run => Task.Run(() => run(cancellationToken), CancellationToken.None)));
        try
        {
            await Task.WhenAll(synced.Select(wait => wait(cancellationToken))).ConfigureAwait(false);
            do
            {
                changed.Reader.TryRead(out _);
                Build();
            }
            while (await changed.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await all.ConfigureAwait(false);
        }
    }

    private static ObjectKey? ServiceOf(V1EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels && labels.TryGetValue(ServiceDirectory.ServiceNameLabel, out var name)
            ? new(slice.Metadata.NamespaceProperty, name)
            : null;

    private void OnSliceChanged(V1EndpointSlice? old, V1EndpointSlice? now)
    {
        var (before, after) = (old is null ? null : ServiceOf(old), now is null ? null : ServiceOf(now));
        if (before is { } left && left != after)
            directory.Refresh(left);
        if (after is { } entered)
            directory.Refresh(entered);
    }

    private void Signal() => changed.Writer.TryWrite(true);

    private void Build()
    {
        var started = options.TimeProvider.GetTimestamp();
        if (gatewaysChanged)
        {
            gatewaysChanged = false;
            hosts = new GatewayHosts(gateways.List(), options.Labels, options.ServerPort, ReportOnce);
            compiledRoutes = [];
        }

        var policySnapshot = new PolicySnapshot(
            authentications.List().Select(item => compiledAuthentications.GetValue(item, Compile)),
            policies.List().Select(item => compiledPolicies.GetValue(item, Compile)),
            options.RootNamespace,
            options.RequirePolicy);

        var routes = new List<(string Host, Route Route)>();
        var used = new HashSet<Backend>();
        foreach (var virtualService in virtualServices.List().OrderBy(Age).ThenBy(item => item.Namespace(), StringComparer.Ordinal).ThenBy(item => item.Name(), StringComparer.Ordinal))
        {
            var compiled = compiledRoutes.GetValue(virtualService, Compile);
            used.UnionWith(compiled.SelectMany(route => route.Destinations.Select(destination => destination.Service)));
            foreach (var host in IsVisible(virtualService) ? hosts!.HostsOf(virtualService) : [])
                routes.AddRange(compiled.Select(route => (host, route)));
        }

        var table = new RoutingTable(routes);
        current = new GatewaySnapshot(table, policySnapshot);
        directory.Prune(used);
        Log.Built(logger, table.Count, options.TimeProvider.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Of two routes that take the same request, the one of the older object wins (Istio).</summary>
    private static DateTime Age(VirtualService virtualService) => virtualService.Metadata.CreationTimestamp ?? DateTime.MaxValue;

    private bool IsVisible(VirtualService virtualService) =>
        virtualService.Spec.ExportTo is null or { Count: 0 }
        || virtualService.Spec.ExportTo.Any(to => to == "*" || to == options.Namespace || (to == "." && virtualService.Namespace() == options.Namespace));

    private List<Route> Compile(VirtualService virtualService) =>
        Report(virtualService, fields => routeCompiler.Compile(virtualService, name => hosts!.IsHere(name, virtualService.Namespace()), fields));

    private CompiledPolicy Compile(AuthorizationPolicy policy) => Report(policy, fields => policyCompiler.Compile(policy, fields));

    private CompiledAuthentication Compile(RequestAuthentication authentication)
    {
        var compiled = Report(authentication, fields => authenticationCompiler.Compile(authentication, fields));
        foreach (var rule in compiled.Rules)
            _ = rule.Validator.WarmUpAsync(CancellationToken.None);
        return compiled;
    }

    private T Report<T>(IKubernetesObject<V1ObjectMeta> obj, Func<UnsupportedFields, T> compile)
    {
        var fields = new UnsupportedFields();
        var compiled = compile(fields);
        Report(obj, fields);
        return compiled;
    }

    private void ReportOnce(IstioGateway gateway, UnsupportedFields fields)
    {
        if (reportedGateways.TryAdd(gateway, gateway))
            Report(gateway, fields);
    }

    private void Report(IKubernetesObject<V1ObjectMeta> obj, UnsupportedFields fields)
    {
        if (fields.Any)
            Log.Unsupported(logger, obj.Kind, ObjectKey.Of(obj), fields.ToString());
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "{Count} routes, built in {Milliseconds:0.0} ms")]
        public static partial void Built(ILogger logger, int count, double milliseconds);

        [LoggerMessage(LogLevel.Warning, "{Kind} {Key} asks for what this gateway does not do or cannot use: {Fields}")]
        public static partial void Unsupported(ILogger logger, string kind, ObjectKey key, string fields);
    }
}

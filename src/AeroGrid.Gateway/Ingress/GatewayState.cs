using System.Runtime.CompilerServices;

using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Policies;
using AeroGrid.Gateway.Resources;

using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Keeps the current snapshot. Routes and policies are built anew together, from parts that are compiled once for each state of an object;
/// endpoints take effect by themselves. <see cref="Build"/> is called by one flow, everything else is thread-safe.
/// </summary>
internal sealed partial class GatewayState
{
    private readonly GatewayOptions options;
    private readonly IGatewayObjects objects;
    private readonly ILogger logger;
    private readonly ServiceDirectory directory;
    private readonly VirtualServiceCompiler routeCompiler;
    private readonly AuthenticationCompiler authenticationCompiler;
    private readonly PolicyCompiler policyCompiler;
    private readonly ConditionalWeakTable<AuthorizationPolicy, CompiledPolicy> policies = [];
    private readonly ConditionalWeakTable<RequestAuthentication, CompiledAuthentication> authentications = [];
    private readonly ConditionalWeakTable<IstioGateway, object> reportedGateways = [];

    private ConditionalWeakTable<VirtualService, List<Route>> routes = [];
    private IReadOnlyList<IstioGateway> gateways = [];
    private GatewayHosts? hosts;
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile GatewaySnapshot? current;

    public GatewayState(GatewayOptions options, IGatewayObjects objects, TokenValidators validators, ILogger logger)
    {
        (this.options, this.objects, this.logger) = (options, objects, logger);
        directory = new ServiceDirectory(objects.Service, objects.EndpointSlices);
        routeCompiler = new VirtualServiceCompiler(directory.Get, options.ClusterDomain, options.ServerPort);
        authenticationCompiler = new AuthenticationCompiler(validators);
        policyCompiler = new PolicyCompiler(options.Principal, options.Namespace);
    }

    /// <summary>The current snapshot; null until every kind of object has been listed, so that no route is ever served without its policies.</summary>
    public GatewaySnapshot? Current => current;

    /// <summary>Ends when there is a <see cref="Current"/>.</summary>
    public Task Ready => ready.Task;

    /// <summary>A Service or one of its EndpointSlices changed: the next request sees it.</summary>
    public void Refresh(ObjectKey service) => directory.Refresh(service);

    /// <summary>A Service as destination, if a route names it.</summary>
    public Backend? Backend(ObjectKey service) => directory.Find(service);

    /// <summary>Builds routes and policies from all objects and puts them in force.</summary>
    public void Build()
    {
        var started = options.TimeProvider.GetTimestamp();
        if (hosts is null || !gateways.SequenceEqual(objects.Gateways))
        {
            gateways = [.. objects.Gateways];
            hosts = new GatewayHosts(gateways, options.Labels, options.ServerPort, ReportOnce);

            // Conditions may name gateways.
            routes = [];
        }

        var policySnapshot = new PolicySnapshot(
            objects.RequestAuthentications.Select(item => authentications.GetValue(item, Compile)),
            objects.AuthorizationPolicies.Select(item => policies.GetValue(item, Compile)),
            options.RootNamespace,
            options.RequirePolicy);
        var served = new List<(string Host, Route Route)>();
        var used = new HashSet<Backend>();
        foreach (var virtualService in InOrder(objects.VirtualServices))
        {
            var compiled = routes.GetValue(virtualService, Compile);
            used.UnionWith(compiled.SelectMany(route => route.Destinations.Select(destination => destination.Service)));
            foreach (var host in IsVisible(virtualService) ? hosts.HostsOf(virtualService) : [])
                served.AddRange(compiled.Select(route => (host, route)));
        }

        var table = new RoutingTable(served);
        current = new GatewaySnapshot(table, policySnapshot);
        ready.TrySetResult();
        directory.Prune(used);
        Log.Built(logger, table.Count, options.TimeProvider.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Of two routes that take the same request, the one of the older object wins (Istio).</summary>
    private static IEnumerable<VirtualService> InOrder(IEnumerable<VirtualService> all) =>
        all.OrderBy(item => item.Metadata.CreationTimestamp ?? DateTime.MaxValue)
            .ThenBy(item => item.Namespace(), StringComparer.Ordinal)
            .ThenBy(item => item.Name(), StringComparer.Ordinal);

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

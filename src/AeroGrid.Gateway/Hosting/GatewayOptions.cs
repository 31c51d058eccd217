using System.Net;

namespace AeroGrid.Gateway.Hosting;

/// <summary>Settings of a gateway. Immutable; what routes and policies are comes from Kubernetes objects only.</summary>
public sealed record GatewayOptions
{
    /// <summary>The Kubernetes API server whose objects the gateway follows.</summary>
    public required Uri ApiServer { get; init; }

    /// <summary>The bearer token of <c>system:aerogrid:gateway</c> at the API server; null when the server asks for none.</summary>
    public string? Token { get; init; }

    /// <summary>Where apps are served, in clear text, HTTP/1.1 and HTTP/2 on the same port. Default <c>127.0.0.1:8080</c>.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.Loopback, 8080)];

    /// <summary>The labels by which Istio Gateway objects select this gateway. Default <c>istio: ingressgateway</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["istio"] = "ingressgateway" };

    /// <summary>
    /// The port number in Istio Gateway objects that stands for <see cref="Listen"/>, whatever the real port is. Servers with other numbers
    /// are not served. Default 80.
    /// </summary>
    public int ServerPort { get; init; } = 80;

    /// <summary>The namespace that the gateway counts as running in. Default <c>aerogrid-system</c>.</summary>
    public string Namespace { get; init; } = "aerogrid-system";

    /// <summary>The namespace whose policies without a selector hold in every namespace (Istio's root namespace). Default <c>aerogrid-system</c>.</summary>
    public string RootNamespace { get; init; } = "aerogrid-system";

    /// <summary>The cluster's DNS domain, as in <c>app.demo.svc.cluster.local</c>.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>
    /// The workload identity that policies see as the source of a request (<c>source.principals</c>): apps are only ever reached through the
    /// gateway. Default <c>cluster.local/ns/aerogrid-system/sa/aerogrid-gateway</c>.
    /// </summary>
    public string Principal { get; init; } = "cluster.local/ns/aerogrid-system/sa/aerogrid-gateway";

    /// <summary>
    /// Refuse requests to a workload that no ALLOW policy selects. Istio lets them pass and recommends an allow-nothing policy for the whole mesh
    /// instead; here that is the standard, so that neither the order in which policy and route arrive, nor a namespace that is just being
    /// deleted, ever leaves an app open. Default true.
    /// </summary>
    public bool RequirePolicy { get; init; } = true;

    /// <summary>Limits on what clients and apps may ask for.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>
    /// File of the access log, one JSON object a line; it is kept below 64 MiB together with one predecessor. Null writes to the logger
    /// <c>AeroGrid.Gateway.Access</c> instead.
    /// </summary>
    public string? AccessLogFile { get; init; }

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

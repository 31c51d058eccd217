using k8s.Models;

using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Tests.Support;

/// <summary>Objects as the operator and the node write them for the app <c>demo/hello</c>, to be varied with <c>with</c>.</summary>
internal static class Given
{
    public const string Issuer = "https://issuer.test";
    public const string Audience = "aerogrid-apps";

    private static int order;

    public static V1ObjectMeta Meta(string name, string tenant = "demo") => new()
    {
        Name = name,
        NamespaceProperty = tenant,
        Uid = Guid.NewGuid().ToString(),
        CreationTimestamp = DateTime.UnixEpoch.AddSeconds(Interlocked.Increment(ref order)),
    };

    public static IstioGateway Gateway(params string[] hosts) => new()
    {
        Metadata = Meta("aerogrid", "aerogrid-system"),
        Spec = new()
        {
            Selector = new Dictionary<string, string> { ["istio"] = "ingressgateway" },
            Servers = [new() { Port = new() { Number = 80, Name = "http", Protocol = "HTTP" }, Hosts = hosts.Length == 0 ? ["*"] : hosts }],
        },
    };

    public static VirtualService Route(string app = "hello", string tenant = "demo", params HttpRoute[] rules) => new()
    {
        Metadata = Meta(app, tenant),
        Spec = new()
        {
            Hosts = ["*"],
            Gateways = ["aerogrid-system/aerogrid"],
            Http = rules.Length > 0 ? rules : StandardRules(app, tenant),
        },
    };

    public static HttpRoute[] StandardRules(string app = "hello", string tenant = "demo") =>
    [
        new() { Match = [new() { Uri = new() { Exact = $"/apps/{tenant}/{app}" } }], Redirect = new() { Uri = $"/apps/{tenant}/{app}/", RedirectCode = 308 } },
        new()
        {
            Match =
            [
                new()
                {
                    Uri = new() { Prefix = $"/apps/{tenant}/{app}/" },
                    Headers = new Dictionary<string, StringMatch?> { ["content-type"] = new() { Prefix = "application/grpc" } },
                },
            ],
            Rewrite = new() { Uri = "/" },
            Route = [To(app, 50051)],
        },
        Rule($"/apps/{tenant}/{app}/", app),
    ];

    public static HttpRoute Rule(string prefix, string host, int port = 80, string? rewrite = "/") => new()
    {
        Match = [new() { Uri = new() { Prefix = prefix } }],
        Rewrite = rewrite is null ? null : new() { Uri = rewrite },
        Route = [To(host, port)],
    };

    public static RouteDestination To(string host, int port = 80, int? weight = null) =>
        new() { Destination = new() { Host = host, Port = new() { Number = port } }, Weight = weight };

    public static V1Service Service(string app = "hello", string tenant = "demo") => new()
    {
        ApiVersion = "v1",
        Kind = "Service",
        Metadata = Meta(app, tenant),
        Spec = new()
        {
            Selector = new Dictionary<string, string> { ["app.kubernetes.io/name"] = app },
            Ports =
            [
                new() { Name = "http", Port = 80, TargetPort = "http" },
                new() { Name = "grpc", Port = 50051, TargetPort = "grpc", AppProtocol = "kubernetes.io/h2c" },
            ],
        },
    };

    public static V1EndpointSlice Slice(
        string name, string app = "hello", string tenant = "demo", int? http = null, int? grpc = null, bool? ready = true, bool? terminating = null)
    {
        var slice = new V1EndpointSlice
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = "EndpointSlice",
            AddressType = "IPv4",
            Metadata = Meta(name, tenant),
            Endpoints =
            [
                new()
                {
                    Addresses = ["127.0.0.1"],
                    Conditions = new() { Ready = ready, Serving = ready, Terminating = terminating },
                },
            ],
            Ports = [],
        };
        slice.Metadata.Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = app };
        if (http is { } httpPort)
            slice.Ports.Add(new() { Name = "http", Port = httpPort, Protocol = "TCP" });
        if (grpc is { } grpcPort)
            slice.Ports.Add(new() { Name = "grpc", Port = grpcPort, Protocol = "TCP" });
        return slice;
    }

    public static RequestAuthentication Authentication(string tenant = "demo", string? jwksUri = null, string issuer = Issuer) => new()
    {
        Metadata = Meta("tenant", tenant),
        Spec = new() { JwtRules = [new() { Issuer = issuer, JwksUri = jwksUri, Audiences = [Audience] }] },
    };

    public static AuthorizationPolicy Policy(string name, string tenant, string action, params AuthorizationRuleSpec[] rules) => new()
    {
        Metadata = Meta(name, tenant),
        Spec = new() { Action = action, Rules = rules },
    };

    /// <summary>Members of a tenant may call its apps.</summary>
    public static AuthorizationPolicy Members(string tenant = "demo") => Policy(
        "members",
        tenant,
        "ALLOW",
        new AuthorizationRuleSpec
        {
            From = [new() { Source = new() { RequestPrincipals = ["*"] } }],
            When = [new() { Key = "request.auth.claims[tenants]", Values = [tenant] }],
        });

    /// <summary>Anybody may call an app.</summary>
    public static AuthorizationPolicy Public(string app = "hello", string tenant = "demo")
    {
        var policy = Policy($"{app}-public", tenant, "ALLOW", new AuthorizationRuleSpec());
        policy.Spec = policy.Spec! with { Selector = new() { MatchLabels = new Dictionary<string, string> { ["app.kubernetes.io/name"] = app } } };
        return policy;
    }
}

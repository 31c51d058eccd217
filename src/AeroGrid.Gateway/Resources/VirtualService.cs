using System.Text.Json;
using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Gateway.Resources;

/// <summary>
/// The part of Istio's VirtualService (networking.istio.io/v1) that this gateway acts on. Everything else lands in <c>Unknown</c> and is
/// reported once for each state of an object. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/.
/// </summary>
[KubernetesEntity(Group = "networking.istio.io", ApiVersion = "v1", Kind = "VirtualService", PluralName = "virtualservices")]
internal sealed class VirtualService : IKubernetesObject<V1ObjectMeta>, ISpec<VirtualServiceSpec>
{
    /// <inheritdoc />
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "networking.istio.io/v1";

    /// <inheritdoc />
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "VirtualService";

    /// <inheritdoc />
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <inheritdoc />
    [JsonPropertyName("spec")]
    public VirtualServiceSpec Spec { get; set; } = new();
}

/// <summary>Hosts, the gateways they are served at, and the rules, of which the first that matches decides.</summary>
internal sealed record VirtualServiceSpec
{
    /// <summary>Host names, <c>*.example.org</c>, or <c>*</c>.</summary>
    [JsonPropertyName("hosts")]
    public IList<string>? Hosts { get; init; }

    /// <summary><c>namespace/name</c>, or <c>name</c> in the own namespace. Empty means <c>mesh</c>, which is not this gateway.</summary>
    [JsonPropertyName("gateways")]
    public IList<string>? Gateways { get; init; }

    /// <summary>Namespaces the object is visible in: <c>*</c>, <c>.</c> or a name. Empty means everywhere.</summary>
    [JsonPropertyName("exportTo")]
    public IList<string>? ExportTo { get; init; }

    /// <summary>Rules in order.</summary>
    [JsonPropertyName("http")]
    public IList<HttpRoute>? Http { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>One rule: conditions and what happens.</summary>
internal sealed record HttpRoute
{
    /// <summary>A name for logs.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>Conditions, any of which is enough; empty means always.</summary>
    [JsonPropertyName("match")]
    public IList<HttpMatch>? Match { get; init; }

    /// <summary>Where requests go.</summary>
    [JsonPropertyName("route")]
    public IList<RouteDestination>? Route { get; init; }

    /// <summary>Answer with a redirect instead.</summary>
    [JsonPropertyName("redirect")]
    public HttpRedirect? Redirect { get; init; }

    /// <summary>Change the path before forwarding.</summary>
    [JsonPropertyName("rewrite")]
    public HttpRewrite? Rewrite { get; init; }

    /// <summary>Time for the whole answer, as <c>15s</c>; absent or <c>0s</c> for none.</summary>
    [JsonPropertyName("timeout")]
    public string? Timeout { get; init; }

    /// <summary>Header changes for all destinations.</summary>
    [JsonPropertyName("headers")]
    public RouteHeaders? Headers { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>Conditions that must all hold.</summary>
internal sealed record HttpMatch
{
    /// <summary>A name for logs.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The path, without query.</summary>
    [JsonPropertyName("uri")]
    public StringMatch? Uri { get; init; }

    /// <summary>Whether exact and prefix conditions on the path ignore case.</summary>
    [JsonPropertyName("ignoreUriCase")]
    public bool? IgnoreUriCase { get; init; }

    /// <summary>The method.</summary>
    [JsonPropertyName("method")]
    public StringMatch? Method { get; init; }

    /// <summary>The scheme.</summary>
    [JsonPropertyName("scheme")]
    public StringMatch? Scheme { get; init; }

    /// <summary>The Host header.</summary>
    [JsonPropertyName("authority")]
    public StringMatch? Authority { get; init; }

    /// <summary>Headers by lower-case name; a null or empty condition asks only whether the header is there.</summary>
    [JsonPropertyName("headers")]
    public IDictionary<string, StringMatch?>? Headers { get; init; }

    /// <summary>Headers that must not match.</summary>
    [JsonPropertyName("withoutHeaders")]
    public IDictionary<string, StringMatch?>? WithoutHeaders { get; init; }

    /// <summary>Query parameters.</summary>
    [JsonPropertyName("queryParams")]
    public IDictionary<string, StringMatch?>? QueryParams { get; init; }

    /// <summary>The gateway's port.</summary>
    [JsonPropertyName("port")]
    public int? Port { get; init; }

    /// <summary>Gateways this condition holds for, instead of those of the object.</summary>
    [JsonPropertyName("gateways")]
    public IList<string>? Gateways { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A destination with its share of the requests.</summary>
internal sealed record RouteDestination
{
    /// <summary>The service.</summary>
    [JsonPropertyName("destination")]
    public Destination? Destination { get; init; }

    /// <summary>The share, relative to the others'. Irrelevant for a single destination.</summary>
    [JsonPropertyName("weight")]
    public int? Weight { get; init; }

    /// <summary>Header changes for this destination.</summary>
    [JsonPropertyName("headers")]
    public RouteHeaders? Headers { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A service and one of its ports.</summary>
internal sealed record Destination
{
    /// <summary><c>name</c>, <c>name.namespace</c> or <c>name.namespace.svc.cluster.local</c>.</summary>
    [JsonPropertyName("host")]
    public string? Host { get; init; }

    /// <summary>The service's port; may be left out when it has only one.</summary>
    [JsonPropertyName("port")]
    public PortSelector? Port { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A port by number.</summary>
internal sealed record PortSelector
{
    /// <summary>The number in the service's spec.</summary>
    [JsonPropertyName("number")]
    public int? Number { get; init; }
}

/// <summary>A redirect: the parts that are set replace those of the request.</summary>
internal sealed record HttpRedirect
{
    /// <summary>The whole path.</summary>
    [JsonPropertyName("uri")]
    public string? Uri { get; init; }

    /// <summary>The host.</summary>
    [JsonPropertyName("authority")]
    public string? Authority { get; init; }

    /// <summary>The scheme.</summary>
    [JsonPropertyName("scheme")]
    public string? Scheme { get; init; }

    /// <summary>The port.</summary>
    [JsonPropertyName("port")]
    public int? Port { get; init; }

    /// <summary>301 (standard), 302, 303, 307 or 308.</summary>
    [JsonPropertyName("redirectCode")]
    public int? RedirectCode { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A change of the path: with a prefix condition of the prefix, otherwise of all of it.</summary>
internal sealed record HttpRewrite
{
    /// <summary>The new path or prefix.</summary>
    [JsonPropertyName("uri")]
    public string? Uri { get; init; }

    /// <summary>The new Host header.</summary>
    [JsonPropertyName("authority")]
    public string? Authority { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>Header changes in both directions.</summary>
internal sealed record RouteHeaders
{
    /// <summary>Of the request, before it is forwarded.</summary>
    [JsonPropertyName("request")]
    public HeaderOperations? Request { get; init; }

    /// <summary>Of the answer, before it is returned.</summary>
    [JsonPropertyName("response")]
    public HeaderOperations? Response { get; init; }
}

/// <summary>Header changes in one direction.</summary>
internal sealed record HeaderOperations
{
    /// <summary>Replace or create.</summary>
    [JsonPropertyName("set")]
    public IDictionary<string, string>? Set { get; init; }

    /// <summary>Append.</summary>
    [JsonPropertyName("add")]
    public IDictionary<string, string>? Add { get; init; }

    /// <summary>Remove.</summary>
    [JsonPropertyName("remove")]
    public IList<string>? Remove { get; init; }
}

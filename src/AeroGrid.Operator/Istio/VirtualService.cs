using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Istio;

/// <summary>Routes of Istio (https://istio.io/latest/docs/reference/config/networking/virtual-service/), the part that is written here.</summary>
[KubernetesEntity(Group = "networking.istio.io", ApiVersion = "v1", Kind = "VirtualService", PluralName = "virtualservices")]
internal sealed class VirtualService : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "networking.istio.io/v1";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "VirtualService";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public VirtualServiceSpec? Spec { get; set; }
}

internal sealed record VirtualServiceSpec
{
    [JsonPropertyName("hosts")]
    public IList<string>? Hosts { get; set; }

    [JsonPropertyName("gateways")]
    public IList<string>? Gateways { get; set; }

    [JsonPropertyName("http")]
    public IList<HttpRoute>? Http { get; set; }
}

internal sealed record HttpRoute
{
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    [JsonPropertyName("match")]
    public IList<HttpMatch>? Match { get; set; }

    [JsonPropertyName("redirect")]
    public HttpRedirect? Redirect { get; set; }

    [JsonPropertyName("rewrite")]
    public HttpRewrite? Rewrite { get; set; }

    [JsonPropertyName("route")]
    public IList<RouteDestination>? Route { get; set; }
}

internal sealed record HttpMatch
{
    [JsonPropertyName("uri")]
    public StringMatch? Uri { get; set; }

    [JsonPropertyName("headers")]
    public IDictionary<string, StringMatch>? Headers { get; set; }
}

internal sealed record StringMatch
{
    [JsonPropertyName("exact")]
    public string? Exact { get; set; }

    [JsonPropertyName("prefix")]
    public string? Prefix { get; set; }
}

internal sealed record HttpRedirect
{
    [JsonPropertyName("uri")]
    public string? Uri { get; set; }

    [JsonPropertyName("redirectCode")]
    public int? RedirectCode { get; set; }
}

internal sealed record HttpRewrite
{
    [JsonPropertyName("uri")]
    public string? Uri { get; set; }
}

internal sealed record RouteDestination
{
    [JsonPropertyName("destination")]
    public Destination? Destination { get; set; }
}

internal sealed record Destination
{
    [JsonPropertyName("host")]
    public string? Host { get; set; }

    [JsonPropertyName("port")]
    public PortSelector? Port { get; set; }
}

internal sealed record PortSelector
{
    [JsonPropertyName("number")]
    public int? Number { get; set; }
}

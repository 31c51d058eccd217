using System.Text.Json;
using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Gateway.Resources;

/// <summary>
/// The part of Istio's Gateway (networking.istio.io/v1) that this gateway acts on: which hosts are served on which port.
/// Source: https://istio.io/latest/docs/reference/config/networking/gateway/.
/// </summary>
[KubernetesEntity(Group = "networking.istio.io", ApiVersion = "v1", Kind = "Gateway", PluralName = "gateways")]
internal sealed class IstioGateway : IKubernetesObject<V1ObjectMeta>, ISpec<IstioGatewaySpec>
{
    /// <inheritdoc />
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "networking.istio.io/v1";

    /// <inheritdoc />
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Gateway";

    /// <inheritdoc />
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <inheritdoc />
    [JsonPropertyName("spec")]
    public IstioGatewaySpec Spec { get; set; } = new();
}

/// <summary>Which gateway programs the object is for, and what they serve.</summary>
internal sealed record IstioGatewaySpec
{
    /// <summary>Labels of the gateway's pods; this process is told its own.</summary>
    [JsonPropertyName("selector")]
    public IDictionary<string, string>? Selector { get; init; }

    /// <summary>What is served.</summary>
    [JsonPropertyName("servers")]
    public IList<GatewayServerSpec>? Servers { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A port and the hosts on it.</summary>
internal sealed record GatewayServerSpec
{
    /// <summary>A name for logs.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The port.</summary>
    [JsonPropertyName("port")]
    public GatewayPort? Port { get; init; }

    /// <summary><c>host</c>, <c>namespace/host</c> or <c>./host</c>; the namespace limits whose VirtualServices may attach.</summary>
    [JsonPropertyName("hosts")]
    public IList<string>? Hosts { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A port of a gateway.</summary>
internal sealed record GatewayPort
{
    /// <summary>The number.</summary>
    [JsonPropertyName("number")]
    public int Number { get; init; }

    /// <summary>A name for logs.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>HTTP, HTTP2 or GRPC here; HTTPS, TLS, TCP and MONGO are not served.</summary>
    [JsonPropertyName("protocol")]
    public string? Protocol { get; init; }
}

using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Istio;

/// <summary>Mutual TLS between workloads (https://istio.io/latest/docs/reference/config/security/peer_authentication/), the part that is written here.</summary>
[KubernetesEntity(Group = "security.istio.io", ApiVersion = "v1", Kind = "PeerAuthentication", PluralName = "peerauthentications")]
internal sealed class PeerAuthentication : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "security.istio.io/v1";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "PeerAuthentication";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public PeerAuthenticationSpec? Spec { get; set; }
}

internal sealed record PeerAuthenticationSpec
{
    [JsonPropertyName("mtls")]
    public MutualTls? Mtls { get; set; }
}

internal sealed record MutualTls
{
    [JsonPropertyName("mode")]
    public string? Mode { get; set; }
}

using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Istio;

/// <summary>Which tokens are taken (https://istio.io/latest/docs/reference/config/security/request_authentication/), the part that is written here.</summary>
[KubernetesEntity(Group = "security.istio.io", ApiVersion = "v1", Kind = "RequestAuthentication", PluralName = "requestauthentications")]
internal sealed class RequestAuthentication : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "security.istio.io/v1";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "RequestAuthentication";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public RequestAuthenticationSpec? Spec { get; set; }
}

internal sealed record RequestAuthenticationSpec
{
    [JsonPropertyName("jwtRules")]
    public IList<JwtRule>? JwtRules { get; set; }
}

internal sealed record JwtRule
{
    [JsonPropertyName("issuer")]
    public string? Issuer { get; set; }

    [JsonPropertyName("jwksUri")]
    public string? JwksUri { get; set; }

    [JsonPropertyName("audiences")]
    public IList<string>? Audiences { get; set; }
}

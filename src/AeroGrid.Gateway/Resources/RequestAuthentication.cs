using System.Text.Json;
using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Gateway.Resources;

/// <summary>
/// The part of Istio's RequestAuthentication (security.istio.io/v1) that this gateway acts on.
/// Source: https://istio.io/latest/docs/reference/config/security/request_authentication/.
/// </summary>
[KubernetesEntity(Group = "security.istio.io", ApiVersion = "v1", Kind = "RequestAuthentication", PluralName = "requestauthentications")]
internal sealed class RequestAuthentication : IKubernetesObject<V1ObjectMeta>, ISpec<RequestAuthenticationSpec>
{
    /// <inheritdoc />
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "security.istio.io/v1";

    /// <inheritdoc />
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "RequestAuthentication";

    /// <inheritdoc />
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <inheritdoc />
    [JsonPropertyName("spec")]
    public RequestAuthenticationSpec Spec { get; set; } = new();
}

/// <summary>Which workloads, and whose tokens they accept.</summary>
internal sealed record RequestAuthenticationSpec
{
    /// <summary>Workloads by label; absent for all of the namespace.</summary>
    [JsonPropertyName("selector")]
    public WorkloadSelector? Selector { get; init; }

    /// <summary>Issuers.</summary>
    [JsonPropertyName("jwtRules")]
    public IList<JwtRuleSpec>? JwtRules { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>Workloads by label.</summary>
internal sealed record WorkloadSelector
{
    /// <summary>Labels that pods must have.</summary>
    [JsonPropertyName("matchLabels")]
    public IDictionary<string, string>? MatchLabels { get; init; }
}

/// <summary>An issuer and how its tokens are checked.</summary>
internal sealed record JwtRuleSpec
{
    /// <summary>The value that <c>iss</c> must have.</summary>
    [JsonPropertyName("issuer")]
    public string? Issuer { get; init; }

    /// <summary>Any of them must be in <c>aud</c>.</summary>
    [JsonPropertyName("audiences")]
    public IList<string>? Audiences { get; init; }

    /// <summary>Where the keys are; absent for discovery at the issuer.</summary>
    [JsonPropertyName("jwksUri")]
    public string? JwksUri { get; init; }

    /// <summary>Older spelling of <see cref="JwksUri"/>.</summary>
    [JsonPropertyName("jwks_uri")]
    public string? JwksUriOlder { get; init; }

    /// <summary>The keys themselves.</summary>
    [JsonPropertyName("jwks")]
    public string? Jwks { get; init; }

    /// <summary>Where tokens are looked for; absent for <c>Authorization: Bearer</c>.</summary>
    [JsonPropertyName("fromHeaders")]
    public IList<JwtHeaderSpec>? FromHeaders { get; init; }

    /// <summary>Query parameters with tokens. Not supported: they end up in logs and histories (RFC 6750 section 5.3).</summary>
    [JsonPropertyName("fromParams")]
    public IList<string>? FromParams { get; init; }

    /// <summary>Cookies with tokens. Not supported.</summary>
    [JsonPropertyName("fromCookies")]
    public IList<string>? FromCookies { get; init; }

    /// <summary>Whether the app gets the token too. Default false.</summary>
    [JsonPropertyName("forwardOriginalToken")]
    public bool? ForwardOriginalToken { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A header with a token in it.</summary>
internal sealed record JwtHeaderSpec
{
    /// <summary>The header's name.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>What stands before the token, for example <c>"Bearer "</c>.</summary>
    [JsonPropertyName("prefix")]
    public string? Prefix { get; init; }
}

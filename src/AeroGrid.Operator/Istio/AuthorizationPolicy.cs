using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Istio;

/// <summary>Access policies of Istio (https://istio.io/latest/docs/reference/config/security/authorization-policy/), the part that is written here.</summary>
[KubernetesEntity(Group = "security.istio.io", ApiVersion = "v1", Kind = "AuthorizationPolicy", PluralName = "authorizationpolicies")]
internal sealed class AuthorizationPolicy : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "security.istio.io/v1";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "AuthorizationPolicy";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public AuthorizationPolicySpec? Spec { get; set; }
}

internal sealed record AuthorizationPolicySpec
{
    [JsonPropertyName("selector")]
    public WorkloadSelector? Selector { get; set; }

    [JsonPropertyName("action")]
    public string? Action { get; set; }

    [JsonPropertyName("rules")]
    public IList<AuthorizationRule>? Rules { get; set; }
}

internal sealed record WorkloadSelector
{
    [JsonPropertyName("matchLabels")]
    public IDictionary<string, string>? MatchLabels { get; set; }
}

internal sealed record AuthorizationRule
{
    [JsonPropertyName("from")]
    public IList<RuleFrom>? From { get; set; }

    [JsonPropertyName("when")]
    public IList<RuleCondition>? When { get; set; }
}

internal sealed record RuleFrom
{
    [JsonPropertyName("source")]
    public RuleSource? Source { get; set; }
}

internal sealed record RuleSource
{
    [JsonPropertyName("requestPrincipals")]
    public IList<string>? RequestPrincipals { get; set; }
}

internal sealed record RuleCondition
{
    [JsonPropertyName("key")]
    public string? Key { get; set; }

    [JsonPropertyName("values")]
    public IList<string>? Values { get; set; }
}

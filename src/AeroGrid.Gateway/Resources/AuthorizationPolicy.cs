using System.Text.Json;
using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Gateway.Resources;

/// <summary>
/// The part of Istio's AuthorizationPolicy (security.istio.io/v1) that this gateway acts on.
/// Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/.
/// </summary>
[KubernetesEntity(Group = "security.istio.io", ApiVersion = "v1", Kind = "AuthorizationPolicy", PluralName = "authorizationpolicies")]
internal sealed class AuthorizationPolicy : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc />
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "security.istio.io/v1";

    /// <inheritdoc />
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "AuthorizationPolicy";

    /// <inheritdoc />
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Absent is the same as empty.</summary>
    [JsonPropertyName("spec")]
    public AuthorizationPolicySpec? Spec { get; set; }
}

/// <summary>Which workloads, and what is allowed or denied. An empty spec allows nothing.</summary>
internal sealed record AuthorizationPolicySpec
{
    /// <summary>Workloads by label; absent for all of the namespace.</summary>
    [JsonPropertyName("selector")]
    public WorkloadSelector? Selector { get; init; }

    /// <summary>ALLOW (standard) or DENY; AUDIT has no effect on requests, CUSTOM is refused.</summary>
    [JsonPropertyName("action")]
    public string? Action { get; init; }

    /// <summary>Rules, any of which is enough. None never matches; an empty one always does.</summary>
    [JsonPropertyName("rules")]
    public IList<AuthorizationRuleSpec>? Rules { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>Who, what, when: all that are given must hold.</summary>
internal sealed record AuthorizationRuleSpec
{
    /// <summary>Sources, any of which is enough.</summary>
    [JsonPropertyName("from")]
    public IList<RuleFrom>? From { get; init; }

    /// <summary>Operations, any of which is enough.</summary>
    [JsonPropertyName("to")]
    public IList<RuleTo>? To { get; init; }

    /// <summary>Conditions, all of which must hold.</summary>
    [JsonPropertyName("when")]
    public IList<RuleCondition>? When { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A source.</summary>
internal sealed record RuleFrom
{
    /// <summary>The source.</summary>
    [JsonPropertyName("source")]
    public RuleSource? Source { get; init; }
}

/// <summary>Who asks: all that are given must hold.</summary>
internal sealed record RuleSource
{
    /// <summary>Workload identities. What connects to an app is this gateway.</summary>
    [JsonPropertyName("principals")]
    public IList<string>? Principals { get; init; }

    /// <summary>Workload identities that are excluded.</summary>
    [JsonPropertyName("notPrincipals")]
    public IList<string>? NotPrincipals { get; init; }

    /// <summary>Namespaces of workloads.</summary>
    [JsonPropertyName("namespaces")]
    public IList<string>? Namespaces { get; init; }

    /// <summary>Namespaces of workloads that are excluded.</summary>
    [JsonPropertyName("notNamespaces")]
    public IList<string>? NotNamespaces { get; init; }

    /// <summary><c>issuer/subject</c> of the token.</summary>
    [JsonPropertyName("requestPrincipals")]
    public IList<string>? RequestPrincipals { get; init; }

    /// <summary><c>issuer/subject</c> of tokens that are excluded.</summary>
    [JsonPropertyName("notRequestPrincipals")]
    public IList<string>? NotRequestPrincipals { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>An operation.</summary>
internal sealed record RuleTo
{
    /// <summary>The operation.</summary>
    [JsonPropertyName("operation")]
    public RuleOperation? Operation { get; init; }
}

/// <summary>What is asked: all that are given must hold.</summary>
internal sealed record RuleOperation
{
    /// <summary>Hosts.</summary>
    [JsonPropertyName("hosts")]
    public IList<string>? Hosts { get; init; }

    /// <summary>Hosts that are excluded.</summary>
    [JsonPropertyName("notHosts")]
    public IList<string>? NotHosts { get; init; }

    /// <summary>Ports of the workload.</summary>
    [JsonPropertyName("ports")]
    public IList<string>? Ports { get; init; }

    /// <summary>Ports that are excluded.</summary>
    [JsonPropertyName("notPorts")]
    public IList<string>? NotPorts { get; init; }

    /// <summary>Methods.</summary>
    [JsonPropertyName("methods")]
    public IList<string>? Methods { get; init; }

    /// <summary>Methods that are excluded.</summary>
    [JsonPropertyName("notMethods")]
    public IList<string>? NotMethods { get; init; }

    /// <summary>Paths as the app sees them.</summary>
    [JsonPropertyName("paths")]
    public IList<string>? Paths { get; init; }

    /// <summary>Paths that are excluded.</summary>
    [JsonPropertyName("notPaths")]
    public IList<string>? NotPaths { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>A condition on an attribute.</summary>
internal sealed record RuleCondition
{
    /// <summary>For example <c>request.auth.claims[tenants]</c>.</summary>
    [JsonPropertyName("key")]
    public string? Key { get; init; }

    /// <summary>Any of them.</summary>
    [JsonPropertyName("values")]
    public IList<string>? Values { get; init; }

    /// <summary>None of them.</summary>
    [JsonPropertyName("notValues")]
    public IList<string>? NotValues { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

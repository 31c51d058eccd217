using System.Text.Json.Serialization;

using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Tenants;

/// <summary>What was made for a tenant.</summary>
public sealed record TenantStatus
{
    /// <summary>The metadata.generation that this status is about.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; set; }

    /// <summary>The tenant's namespace.</summary>
    [JsonPropertyName("namespace")]
    public string? Namespace { get; set; }

    /// <summary>Ready, with the reason and a message when it is not.</summary>
    [JsonPropertyName("conditions")]
    [ListKey("type")]
    public IList<V1Condition>? Conditions { get; set; }
}

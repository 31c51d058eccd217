using System.Text.Json.Serialization;

using k8s.Models;

namespace AeroGrid.Api.Apps;

/// <summary>How much of the machine one process of an app may use.</summary>
public sealed record AppResources
{
    /// <summary>What is set aside for it. Default 50m CPU and 64Mi memory.</summary>
    [JsonPropertyName("requests")]
    public ComputeResources? Requests { get; set; }

    /// <summary>What it cannot go beyond. Default 256Mi memory, and as much CPU as is free.</summary>
    [JsonPropertyName("limits")]
    public ComputeResources? Limits { get; set; }
}

/// <summary>CPU and memory.</summary>
public sealed record ComputeResources
{
    /// <summary>Processor time in cores: 1, 0.5 or 500m (thousandths).</summary>
    [JsonPropertyName("cpu")]
    public ResourceQuantity? Cpu { get; set; }

    /// <summary>Memory in bytes: 64Mi, 1Gi.</summary>
    [JsonPropertyName("memory")]
    public ResourceQuantity? Memory { get; set; }
}

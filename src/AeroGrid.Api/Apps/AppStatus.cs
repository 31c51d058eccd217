using System.Text.Json.Serialization;

using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Apps;

/// <summary>What runs of an app, as the operator sees it.</summary>
public sealed record AppStatus
{
    /// <summary>
    /// How far the app is, in one word: Pending, Building, Deploying, Running, Stopped or Failed. Failed is about the newest version; an
    /// older one may still serve (revision and readyReplicas tell).
    /// </summary>
    [JsonPropertyName("phase")]
    public AppPhase? Phase { get; set; }

    /// <summary>The metadata.generation that this status is about.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; set; }

    /// <summary>Which saved version serves now: 1 is the first, each change of the files adds one.</summary>
    [JsonPropertyName("revision")]
    public long? Revision { get; set; }

    /// <summary>The image of the newest version that was built, by digest.</summary>
    [JsonPropertyName("image")]
    public string? Image { get; set; }

    /// <summary>Where the app is called.</summary>
    [JsonPropertyName("url")]
    public string? Url { get; set; }

    /// <summary>How many processes there are, of all versions.</summary>
    [JsonPropertyName("replicas")]
    public int? Replicas { get; set; }

    /// <summary>How many of them answer.</summary>
    [JsonPropertyName("readyReplicas")]
    public int? ReadyReplicas { get; set; }

    /// <summary>ImageReady, Available, RouteReady, and Ready, which sums them up. Each says why in reason and message.</summary>
    [JsonPropertyName("conditions")]
    [ListKey("type")]
    public IList<V1Condition>? Conditions { get; set; }
}

/// <summary>How far an app is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AppPhase>))]
public enum AppPhase
{
    /// <summary>Seen, nothing done yet.</summary>
    Pending,

    /// <summary>Its image is being made.</summary>
    Building,

    /// <summary>Its newest version is starting.</summary>
    Deploying,

    /// <summary>Its newest version serves.</summary>
    Running,

    /// <summary>It does not run, as spec.state says.</summary>
    Stopped,

    /// <summary>Its newest version cannot be built or does not run; the condition Ready says why.</summary>
    Failed,
}

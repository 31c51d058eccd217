using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Images;

/// <summary>What came of an image.</summary>
public sealed record ImageStatus
{
    /// <summary>How far it is: Pending, Building (its dependencies are being installed), Ready or Failed.</summary>
    [JsonPropertyName("phase")]
    public ImagePhase? Phase { get; set; }

    /// <summary>The metadata.generation that this status is about.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; set; }

    /// <summary>The image, by digest: registry/repository@sha256:….</summary>
    [JsonPropertyName("image")]
    public string? Image { get; set; }

    /// <summary>The runtime's image that it is put on, by digest. When the runtime gets another image, this one is made anew.</summary>
    [JsonPropertyName("runtimeImage")]
    public string? RuntimeImage { get; set; }

    /// <summary>What identifies the image's content: dependenciesHash and the files. Equal hashes are equal images.</summary>
    [JsonPropertyName("sourceHash")]
    public string? SourceHash { get; set; }

    /// <summary>What identifies its dependencies: the runtime's image and the requirements. Apps with equal hashes share one build.</summary>
    [JsonPropertyName("dependenciesHash")]
    public string? DependenciesHash { get; set; }

    /// <summary>The build of the dependencies, if one was needed.</summary>
    [JsonPropertyName("build")]
    public ImageBuild? Build { get; set; }

    /// <summary>Ready, with the reason and a message when it is not.</summary>
    [JsonPropertyName("conditions")]
    [ListKey("type")]
    public IList<V1Condition>? Conditions { get; set; }
}

/// <summary>A build of dependencies.</summary>
public sealed record ImageBuild
{
    /// <summary>The Job in the namespace aerogrid-builds.</summary>
    [JsonPropertyName("jobName")]
    public string? JobName { get; set; }

    /// <summary>When it began.</summary>
    [JsonPropertyName("started")]
    public DateTime? Started { get; set; }

    /// <summary>When it ended.</summary>
    [JsonPropertyName("finished")]
    public DateTime? Finished { get; set; }

    /// <summary>How often it was tried: more than once when a package index or the registry did not answer.</summary>
    [JsonPropertyName("attempts")]
    public int? Attempts { get; set; }

    /// <summary>Why it failed: NotFound, Conflict, SourceOnly, NotAllowed, Timeout, OutOfMemory, Unavailable or Failed.</summary>
    [JsonPropertyName("reason")]
    public string? Reason { get; set; }

    /// <summary>The requirement that failed, as it was typed.</summary>
    [JsonPropertyName("requirement")]
    public string? Requirement { get; set; }

    /// <summary>The line of the requirement in requirements.txt, from 1.</summary>
    [JsonPropertyName("line")]
    public int? Line { get; set; }

    /// <summary>The last lines of the build's output, at most 20.</summary>
    [JsonPropertyName("log")]
    [StringLength(16384)]
    public string? Log { get; set; }
}

/// <summary>How far an image is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImagePhase>))]
public enum ImagePhase
{
    /// <summary>Seen, nothing done yet.</summary>
    Pending,

    /// <summary>Its dependencies are being installed.</summary>
    Building,

    /// <summary>It is in the registry.</summary>
    Ready,

    /// <summary>It cannot be made from this source.</summary>
    Failed,
}

using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Runtimes;

/// <summary>What a kind of app is.</summary>
public sealed record RuntimeSpec
{
    /// <summary>What people read when they choose.</summary>
    [JsonPropertyName("displayName")]
    [StringLength(100, MinimumLength = 1)]
    public required string DisplayName { get; set; }

    /// <summary>When to choose it, in a sentence or two.</summary>
    [JsonPropertyName("description")]
    [StringLength(1000)]
    public string? Description { get; set; }

    /// <summary>The image that apps are put on, best by digest. It starts the entry point in /app.</summary>
    [JsonPropertyName("image")]
    [StringLength(512, MinimumLength = 1)]
    public required string Image { get; set; }

    /// <summary>The file that the app is started with, which every app must have, for example app.py.</summary>
    [JsonPropertyName("entryPoint")]
    [StringLength(255, MinimumLength = 1)]
    public required string EntryPoint { get; set; }

    /// <summary>The file that names the packages to install, for example requirements.txt. None when apps cannot have any.</summary>
    [JsonPropertyName("requirementsFile")]
    [StringLength(255, MinimumLength = 1)]
    public string? RequirementsFile { get; set; }

    /// <summary>Where apps listen. The one named http is where requests go, and grpc, if there is one, where gRPC goes.</summary>
    [JsonPropertyName("ports")]
    [ListKey("name")]
    [MinLength(1)]
    [MaxLength(8)]
    [CelRule("self.exists(p, p.name == 'http')", "one port must be named http")]
    public required IList<RuntimePort> Ports { get; set; }

    /// <summary>The files that a new app begins with.</summary>
    [JsonPropertyName("starterFiles")]
    [ListKey("path")]
    [MaxLength(16)]
    public IList<StarterFile>? StarterFiles { get; set; }

    /// <summary>What the editor takes the entry point for, for example python.</summary>
    [JsonPropertyName("editorLanguage")]
    [StringLength(40)]
    public string? EditorLanguage { get; set; }
}

/// <summary>A port of a kind of app.</summary>
public sealed record RuntimePort
{
    /// <summary>http or grpc, or a name of the runtime's own. Apps learn the number from PORT (http) and PORT_NAME.</summary>
    [JsonPropertyName("name")]
    [StringLength(15, MinimumLength = 1)]
    [RegularExpression("^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    public required string Name { get; set; }

    /// <summary>The number inside the pod.</summary>
    [JsonPropertyName("containerPort")]
    [Range(1024, 65535)]
    public required int ContainerPort { get; set; }
}

/// <summary>A file that a new app begins with.</summary>
public sealed record StarterFile
{
    /// <summary>Where it is in the app's folder.</summary>
    [JsonPropertyName("path")]
    [StringLength(255, MinimumLength = 1)]
    public required string Path { get; set; }

    /// <summary>Its text.</summary>
    [JsonPropertyName("content")]
    [StringLength(65536)]
    public required string Content { get; set; }
}

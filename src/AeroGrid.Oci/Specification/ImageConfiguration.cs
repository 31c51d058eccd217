using System.Text.Json;
using System.Text.Json.Serialization;
using AeroGrid.Oci.References;

namespace AeroGrid.Oci.Specification;

/// <summary>What an image is and how it is started (OCI image specification, "Image configuration").</summary>
public sealed record ImageConfiguration
{
    /// <summary>RFC 3339; images of AeroGrid say 1970, since the time of the build is no property of the content.</summary>
    [JsonPropertyName("created"), JsonPropertyOrder(0)]
    public string? Created { get; init; }

    /// <summary>Who made it.</summary>
    [JsonPropertyName("author"), JsonPropertyOrder(1)]
    public string? Author { get; init; }

    /// <summary>Processor in Go's words, for example <c>amd64</c>.</summary>
    [JsonPropertyName("architecture"), JsonPropertyOrder(2)]
    public required string Architecture { get; init; }

    /// <summary>Operating system in Go's words: <c>linux</c>.</summary>
    [JsonPropertyName("os"), JsonPropertyOrder(3)]
    public required string OperatingSystem { get; init; }

    /// <summary>How a container of it is started.</summary>
    [JsonPropertyName("config"), JsonPropertyOrder(4)]
    public ContainerConfiguration? Config { get; init; }

    /// <summary>The uncompressed layers.</summary>
    [JsonPropertyName("rootfs"), JsonPropertyOrder(5)]
    public required RootFileSystem RootFileSystem { get; init; }

    /// <summary>One entry for each layer, and for changes without a layer.</summary>
    [JsonPropertyName("history"), JsonPropertyOrder(6)]
    public IReadOnlyList<HistoryEntry>? History { get; init; }

    /// <summary>Fields that this library does not know: kept as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }

    /// <summary>Canonical bytes: equal records give equal bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, OciJson.Default.ImageConfiguration);

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static ImageConfiguration Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, OciJson.Default.ImageConfiguration) ?? throw new JsonException("The configuration is null.");
}

/// <summary>How a container is started. Kubernetes' <c>command</c> replaces <see cref="Entrypoint"/>, <c>args</c> replaces <see cref="Cmd"/>.</summary>
public sealed record ContainerConfiguration
{
    /// <summary>User and group, by number for AeroGrid's images.</summary>
    [JsonPropertyName("User"), JsonPropertyOrder(0)]
    public string? User { get; init; }

    /// <summary>Ports such as <c>8080/tcp</c>; documentation only.</summary>
    [JsonPropertyName("ExposedPorts"), JsonPropertyOrder(1)]
    public SortedDictionary<string, EmptyObject>? ExposedPorts { get; init; }

    /// <summary><c>NAME=value</c>.</summary>
    [JsonPropertyName("Env"), JsonPropertyOrder(2)]
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>Program and leading arguments.</summary>
    [JsonPropertyName("Entrypoint"), JsonPropertyOrder(3)]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Default arguments, or the program where there is no entry point.</summary>
    [JsonPropertyName("Cmd"), JsonPropertyOrder(4)]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Absolute path.</summary>
    [JsonPropertyName("WorkingDir"), JsonPropertyOrder(5)]
    public string? WorkingDirectory { get; init; }

    /// <summary>Free metadata.</summary>
    [JsonPropertyName("Labels"), JsonPropertyOrder(6)]
    public SortedDictionary<string, string>? Labels { get; init; }

    /// <summary>For example <c>SIGTERM</c>.</summary>
    [JsonPropertyName("StopSignal"), JsonPropertyOrder(7)]
    public string? StopSignal { get; init; }

    /// <summary>Fields that this library does not know: kept as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }
}

/// <summary>An empty JSON object, as Go's sets are written.</summary>
public sealed record EmptyObject;

/// <summary>Digests of the uncompressed layers, base first.</summary>
public sealed record RootFileSystem
{
    /// <summary>Always <c>layers</c>.</summary>
    [JsonPropertyName("type"), JsonPropertyOrder(0)]
    public string Type { get; init; } = "layers";

    /// <summary>Of the uncompressed tar files, in the order of the manifest's layers.</summary>
    [JsonPropertyName("diff_ids"), JsonPropertyOrder(1)]
    public required IReadOnlyList<Digest> DiffIds { get; init; }
}

/// <summary>How a layer came to be.</summary>
public sealed record HistoryEntry
{
    /// <summary>RFC 3339.</summary>
    [JsonPropertyName("created"), JsonPropertyOrder(0)]
    public string? Created { get; init; }

    /// <summary>The command or program.</summary>
    [JsonPropertyName("created_by"), JsonPropertyOrder(1)]
    public string? CreatedBy { get; init; }

    /// <summary>Whether the entry changed the configuration only.</summary>
    [JsonPropertyName("empty_layer"), JsonPropertyOrder(2)]
    public bool? EmptyLayer { get; init; }

    /// <summary>Fields that this library does not know: kept as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }
}

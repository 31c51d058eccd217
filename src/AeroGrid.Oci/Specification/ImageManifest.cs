using System.Text.Json;
using System.Text.Json.Serialization;

namespace AeroGrid.Oci.Specification;

/// <summary>An image for one platform: its configuration and its layers, base first (OCI image specification, "Image manifest").</summary>
public sealed record ImageManifest
{
    /// <summary>Always 2.</summary>
    [JsonPropertyName("schemaVersion"), JsonPropertyOrder(0)]
    public int SchemaVersion { get; init; } = 2;

    /// <summary>Type of this document; older ones leave it out.</summary>
    [JsonPropertyName("mediaType"), JsonPropertyOrder(1)]
    public string? MediaType { get; init; } = MediaTypes.ImageManifest;

    /// <summary>Where the configuration is.</summary>
    [JsonPropertyName("config"), JsonPropertyOrder(2)]
    public required Descriptor Config { get; init; }

    /// <summary>Base first.</summary>
    [JsonPropertyName("layers"), JsonPropertyOrder(3)]
    public required IReadOnlyList<Descriptor> Layers { get; init; }

    /// <summary>Free metadata.</summary>
    [JsonPropertyName("annotations"), JsonPropertyOrder(4)]
    public SortedDictionary<string, string>? Annotations { get; init; }

    /// <summary>Fields that this library does not know: kept as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }

    /// <summary>Canonical bytes: equal records give equal bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, OciJson.Default.ImageManifest);

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static ImageManifest Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, OciJson.Default.ImageManifest) ?? throw new JsonException("The manifest is null.");
}

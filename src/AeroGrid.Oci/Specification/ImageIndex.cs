using System.Text.Json;
using System.Text.Json.Serialization;

namespace AeroGrid.Oci.Specification;

/// <summary>A list of manifests (OCI image specification, "Image index"); also <c>index.json</c> of an image layout.</summary>
public sealed record ImageIndex
{
    /// <summary>Always 2.</summary>
    [JsonPropertyName("schemaVersion"), JsonPropertyOrder(0)]
    public int SchemaVersion { get; init; } = 2;

    /// <summary>Type of this document; older ones leave it out.</summary>
    [JsonPropertyName("mediaType"), JsonPropertyOrder(1)]
    public string? MediaType { get; init; } = MediaTypes.ImageIndex;

    /// <summary>The manifests.</summary>
    [JsonPropertyName("manifests"), JsonPropertyOrder(2)]
    public required IReadOnlyList<Descriptor> Manifests { get; init; }

    /// <summary>Free metadata.</summary>
    [JsonPropertyName("annotations"), JsonPropertyOrder(3)]
    public SortedDictionary<string, string>? Annotations { get; init; }

    /// <summary>Fields that this library does not know: kept as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }

    /// <summary>Canonical bytes: equal records give equal bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, OciJson.Default.ImageIndex);

    /// <summary>Reads an index.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static ImageIndex Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, OciJson.Default.ImageIndex) ?? throw new JsonException("The index is null.");
}

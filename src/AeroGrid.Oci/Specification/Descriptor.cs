using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using AeroGrid.Oci.References;

namespace AeroGrid.Oci.Specification;

/// <summary>Points to content by its type, digest and size (OCI image specification, "Content descriptors").</summary>
public sealed record Descriptor
{
    /// <summary>What the content is.</summary>
    [JsonPropertyName("mediaType"), JsonPropertyOrder(0)]
    public required string MediaType { get; init; }

    /// <summary>Of the content.</summary>
    [JsonPropertyName("digest"), JsonPropertyOrder(1)]
    public required Digest Digest { get; init; }

    /// <summary>Bytes.</summary>
    [JsonPropertyName("size"), JsonPropertyOrder(2)]
    public required long Size { get; init; }

    /// <summary>In an index: what the image runs on.</summary>
    [JsonPropertyName("platform"), JsonPropertyOrder(3)]
    public Platform? Platform { get; init; }

    /// <summary>Free metadata.</summary>
    [JsonPropertyName("annotations"), JsonPropertyOrder(4)]
    public SortedDictionary<string, string>? Annotations { get; init; }

    /// <summary>Fields that this library does not know (<c>urls</c>, <c>data</c>, …): kept as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }

    /// <summary>Describes content at hand.</summary>
    public static Descriptor Of(string mediaType, ReadOnlySpan<byte> content) =>
        new() { MediaType = mediaType, Digest = Digest.Of(content), Size = content.Length };
}

/// <summary>Operating system and processor in Go's words (<c>linux</c>, <c>amd64</c>).</summary>
public sealed record Platform
{
    /// <summary>Linux on this machine's processor: what containers run on, also where the machine itself is a Mac.</summary>
    public static Platform Current { get; } = new()
    {
        OperatingSystem = "linux",
        Architecture = RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "amd64",
            System.Runtime.InteropServices.Architecture.X86 => "386",
            var other => other.ToString().ToLowerInvariant(),
        },
    };

    /// <summary>Processor, for example <c>amd64</c> or <c>arm64</c>.</summary>
    [JsonPropertyName("architecture"), JsonPropertyOrder(0)]
    public required string Architecture { get; init; }

    /// <summary>Operating system, for example <c>linux</c>.</summary>
    [JsonPropertyName("os"), JsonPropertyOrder(1)]
    public required string OperatingSystem { get; init; }

    /// <summary>Of the processor, for example <c>v8</c>.</summary>
    [JsonPropertyName("variant"), JsonPropertyOrder(2)]
    public string? Variant { get; init; }

    /// <summary>Fields that this library does not know: kept as they are.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }
}

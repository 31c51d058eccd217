using System.Text.Json;
using AeroGrid.Registry.Storage;

namespace AeroGrid.Registry.Http;

/// <summary>Content that a manifest refers to.</summary>
internal readonly record struct ContentReference(ContentDigest Digest, string MediaType, long Size);

/// <summary>Reads what the registry must know of a manifest: whether it is one, and what it needs.</summary>
internal static class ManifestReader
{
    private const string Index = "application/vnd.oci.image.index.v1+json";
    private const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    private const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Whether manifests of this type list other manifests.</summary>
    public static bool IsIndex(string mediaType) => mediaType is Index or DockerList;

    /// <summary>Everything that must be there for the manifest to be usable.</summary>
    /// <exception cref="RegistryProblem">It is not a manifest of this type.</exception>
    public static IReadOnlyList<ContentReference> References(ReadOnlyMemory<byte> content, string mediaType)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            var root = document.RootElement;
            if (!root.TryGetProperty("schemaVersion", out var version) || version.GetInt32() != 2)
                throw RegistryProblem.InvalidManifest("schemaVersion must be 2.");
            if (root.TryGetProperty("mediaType", out var own) && own.GetString() is { } type && type != mediaType)
                throw RegistryProblem.InvalidManifest($"mediaType is {type}, but the Content-Type of the request is {mediaType}.");
            return mediaType switch
            {
                Manifest or DockerManifest =>
                    [Read(root.GetProperty("config")), .. root.GetProperty("layers").EnumerateArray().Where(IsStoredHere).Select(Read)],
                Index or DockerList => [.. root.GetProperty("manifests").EnumerateArray().Select(Read)],
                _ => throw RegistryProblem.InvalidManifest($"Manifests of the type '{mediaType}' are not supported: push {Manifest} or {Index}."),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw RegistryProblem.InvalidManifest($"The manifest cannot be read: {e.Message}");
        }
    }

    // Layers with addresses of their own (Windows base images) are not pushed.
    private static bool IsStoredHere(JsonElement layer) => !layer.TryGetProperty("urls", out var urls) || urls.GetArrayLength() == 0;

    private static ContentReference Read(JsonElement descriptor)
    {
        var digest = descriptor.GetProperty("digest").GetString();
        return ContentDigest.TryParse(digest, out var parsed)
            ? new ContentReference(parsed, descriptor.GetProperty("mediaType").GetString() ?? "", descriptor.GetProperty("size").GetInt64())
            : throw RegistryProblem.InvalidManifest($"'{digest}' is not a digest that this registry supports.");
    }
}

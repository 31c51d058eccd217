using System.Buffers;
using System.Text.Json;

namespace AeroGrid.Registry.Storage;

/// <summary>
/// <c>index.json</c> of the image layout. Every entry's <c>org.opencontainers.image.ref.name</c> is the name under which tools find it in the folder:
/// <c>repository:tag</c>, or <c>repository@digest</c> for a manifest without a tag.
/// </summary>
internal static class IndexFile
{
    private const string RefName = "org.opencontainers.image.ref.name";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";

    public static byte[] Write(LayoutState state)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", IndexType);
            json.WriteStartArray("manifests");
            foreach (var (name, repository) in state.Repositories)
            {
                foreach (var (tag, digest) in repository.Tags)
                    WriteEntry(json, repository.Manifests[digest], $"{name}:{tag}");
                var tagged = repository.Tags.Values.ToHashSet();
                foreach (var manifest in repository.Manifests.Values.Where(m => !tagged.Contains(m.Digest)).OrderBy(m => m.Digest.Hex, StringComparer.Ordinal))
                    WriteEntry(json, manifest, $"{name}@{manifest.Digest}");
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The file is not an index, or has entries that the registry did not write.</exception>
    public static LayoutState Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var state = LayoutState.Empty;
            foreach (var entry in document.RootElement.GetProperty("manifests").EnumerateArray())
                state = Add(state, entry);
            return state;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is not an index of this registry: {e.Message} Restore it from a backup, or move the folder away to begin anew.", e);
        }
    }

    private static LayoutState Add(LayoutState state, JsonElement entry)
    {
        var name = entry.GetProperty("annotations").GetProperty(RefName).GetString() ?? "";
        var separator = name.IndexOfAny([':', '@']);
        var isTag = separator > 0 && name[separator] == ':';
        if (separator <= 0
            || !ContentDigest.TryParse(entry.GetProperty("digest").GetString(), out var digest)
            || !Names.IsRepository(name[..separator])
            || (isTag && !Names.IsTag(name[(separator + 1)..])))
        {
            throw new FormatException($"The entry '{name}' has no valid name or digest.");
        }

        var manifest = new StoredManifest(digest, entry.GetProperty("mediaType").GetString() ?? "", entry.GetProperty("size").GetInt64());
        return state.With(name[..separator], manifest, isTag ? name[(separator + 1)..] : null);
    }

    private static void WriteEntry(Utf8JsonWriter json, StoredManifest manifest, string name)
    {
        json.WriteStartObject();
        json.WriteString("mediaType", manifest.MediaType);
        json.WriteString("digest", manifest.Digest.ToString());
        json.WriteNumber("size", manifest.Size);
        json.WriteStartObject("annotations");
        json.WriteString(RefName, name);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

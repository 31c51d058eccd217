using System.Buffers;
using System.Text;
using System.Text.Json;

using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>Reads one line of a watch: <c>{"type":"ADDED","object":{…}}</c>, members in any order.</summary>
internal static class WatchEventReader
{
    /// <exception cref="WatchFormatException">The line is not a watch event.</exception>
    public static WatchEvent<T> Read<T>(ReadOnlySequence<byte> line, ResourceType resourceType)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        string? type = null;
        var found = false;
        try
        {
            Utf8JsonReader content = default;
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = ResourceSerializer.Options.MaxDepth });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new JsonException("A watch event is a JSON object.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    type = reader.GetString();
                }
                else if (reader.ValueTextEquals("object"u8))
                {
                    reader.Read();
                    content = reader;
                    found = true;
                    reader.Skip();
                }
                else
                {
                    reader.Skip();
                }
            }

            // The whole line has been parsed here: from now on it is JSON, and only its content can be wrong.
            if (type is null || !found)
                throw new JsonException("A watch event has the members type and object.");
            return Read<T>(type, content, resourceType);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new WatchFormatException($"This is not a watch event of {resourceType}: {Excerpt(line)}", e);
        }
    }

    private static WatchEvent<T> Read<T>(string type, Utf8JsonReader content, ResourceType resourceType)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        switch (type)
        {
            case "ADDED":
                return ReadObject<T>(WatchEventKind.Added, content, resourceType);
            case "MODIFIED":
                return ReadObject<T>(WatchEventKind.Modified, content, resourceType);
            case "DELETED":
                return ReadObject<T>(WatchEventKind.Deleted, content, resourceType);
            case "BOOKMARK":
                // Bookmarks carry nothing but their version: the kind's required members would be missing.
                return new(WatchEventKind.Bookmark, null, VersionOf(content));
            case "ERROR":
                var status = JsonSerializer.Deserialize<V1Status>(ref content, ResourceSerializer.Options) ?? new V1Status();
                return new(WatchEventKind.Error, null, null, status);
            default:
                throw new JsonException($"'{type}' is not a type of watch event.");
        }
    }

    private static WatchEvent<T> ReadObject<T>(WatchEventKind type, Utf8JsonReader content, ResourceType resourceType)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var retry = content;
        try
        {
            var obj = JsonSerializer.Deserialize<T>(ref content, ResourceSerializer.Options)
                ?? throw new JsonException("A watch event's object is null.");
            if (obj.Metadata?.Name is null)
                throw new JsonException("A watch event's object has no metadata.name.");
            obj.ApiVersion ??= resourceType.ApiVersion;
            obj.Kind ??= resourceType.Kind;
            return new(type, obj, obj.Metadata.ResourceVersion);
        }
        catch (Exception e) when (e is JsonException or FormatException or NotSupportedException)
        {
            // Valid JSON that the .NET type cannot hold. Reading the line again would not help, so the stream goes on behind it.
            return new(WatchEventKind.Undecodable, null, VersionOf(retry), null, e);
        }
    }

    private static string? VersionOf(Utf8JsonReader content) =>
        JsonSerializer.Deserialize<PartialObject>(ref content, ResourceSerializer.Options)?.Metadata?.ResourceVersion;

    private static string Excerpt(ReadOnlySequence<byte> line)
    {
        var text = Encoding.UTF8.GetString(line.Slice(0, Math.Min(line.Length, 200)));
        return line.Length > 200 ? text + "…" : text;
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// The stored form of objects: UTF-8 JSON that begins with apiVersion, kind and metadata and has no resourceVersion, for that is the revision
/// of the row:
/// <code>{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a",…},"spec":…}</code>
/// So an object is sent to a client by copying bytes, with the resourceVersion put in behind the fixed beginning and, when the client
/// reads another version of the resource than was written, with another beginning.
/// </summary>
internal static class ObjectCodec
{
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        // Bodies are JSON and never part of HTML; names of fields and values stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private static ReadOnlySpan<byte> MetadataStart => "\"metadata\":{"u8;

    /// <summary>The stored form of an object that has apiVersion, kind and a non-empty metadata.</summary>
    public static byte[] Encode(JsonObject obj)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("apiVersion"u8, (string?)obj["apiVersion"]);
        writer.WriteString("kind"u8, (string?)obj["kind"]);
        writer.WriteStartObject("metadata"u8);
        foreach (var (name, value) in obj["metadata"]!.AsObject())
        {
            if (name != "resourceVersion")
            {
                Write(writer, name, value);
            }
        }

        writer.WriteEndObject();
        foreach (var (name, value) in obj)
        {
            if (name is not ("apiVersion" or "kind" or "metadata"))
            {
                Write(writer, name, value);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The stored form of an object of a definition; the object itself stays as it is.</summary>
    public static byte[] Encode(JsonObject obj, ResourceDefinition definition)
    {
        if (definition.Representation is not { } representation)
        {
            return Encode(obj);
        }

        var copy = obj.DeepClone().AsObject();
        representation.ToStored(copy);
        return Encode(copy);
    }

    /// <summary>A copy of the object for changing, with its resourceVersion, in the version in which it was written.</summary>
    public static JsonObject Decode(StoredObject stored)
    {
        var obj = JsonNode.Parse(stored.Value)!.AsObject();
        obj["metadata"]!["resourceVersion"] = stored.Revision.ToString(CultureInfo.InvariantCulture);
        return obj;
    }

    /// <summary>A copy of the object for changing, in the version of a definition.</summary>
    public static JsonObject Decode(StoredObject stored, ResourceDefinition definition)
    {
        var obj = Decode(stored);
        obj["apiVersion"] = definition.ApiVersion;
        obj["kind"] = definition.Kind;
        if (definition.Representation is { } representation && !representation.IsAsStored(stored))
        {
            representation.FromStored(obj);
        }

        return obj;
    }

    /// <summary>The object with the bytes that clients of a definition see instead of the stored ones.</summary>
    public static StoredObject Represent(StoredObject stored, ResourceDefinition definition) =>
        definition.Representation is { } representation && !representation.IsAsStored(stored)
            ? stored with { Value = Encode(Decode(stored, definition)) }
            : stored;

    /// <summary>The beginning of every object of a definition, to be passed to <see cref="WriteTo"/>.</summary>
    public static byte[] Beginning(ResourceDefinition definition) =>
        Encoding.UTF8.GetBytes($"{{\"apiVersion\":\"{definition.ApiVersion}\",\"kind\":\"{definition.Kind}\",\"metadata\":{{");

    /// <summary>Writes an object as clients see it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="stored">The object, see <see cref="Represent"/>.</param>
    /// <param name="beginning">See <see cref="Beginning"/>.</param>
    /// <param name="revision">The resourceVersion to show: the object's own, or the revision of its deletion.</param>
    public static void WriteTo(IBufferWriter<byte> output, StoredObject stored, ReadOnlySpan<byte> beginning, long revision)
    {
        var value = stored.Value.AsSpan();
        var start = value.StartsWith(beginning) ? beginning.Length : value.IndexOf(MetadataStart) + MetadataStart.Length;
        output.Write(beginning);
        output.Write("\"resourceVersion\":\""u8);
        Span<byte> digits = stackalloc byte[20];
        revision.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        output.Write(digits[..length]);
        output.Write("\","u8);
        output.Write(value[start..]);
    }

    private static void Write(Utf8JsonWriter writer, string name, JsonNode? value)
    {
        writer.WritePropertyName(name);
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }
}

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>Writes objects and lists in the form that a client asked for. One per request, not thread-safe.</summary>
internal abstract class ObjectRenderer
{
    /// <summary>Writes one object (get, watch).</summary>
    /// <param name="output">Where to.</param>
    /// <param name="stored">The object.</param>
    /// <param name="revision">The resourceVersion to show.</param>
    public abstract void WriteObject(IBufferWriter<byte> output, StoredObject stored, long revision);

    /// <summary>Writes an object that tells only how far a watch is.</summary>
    public abstract void WriteBookmark(IBufferWriter<byte> output, JsonObject metadata);

    /// <summary>Writes a list up to its first item.</summary>
    public abstract void WriteListStart(IBufferWriter<byte> output);

    /// <summary>Writes one item of a list.</summary>
    public abstract void WriteItem(IBufferWriter<byte> output, StoredObject stored);

    /// <summary>Writes the rest of a list. The metadata comes last, since it tells what was found while writing.</summary>
    public virtual void WriteListEnd(IBufferWriter<byte> output, JsonObject metadata)
    {
        output.Write("],\"metadata\":"u8);
        WriteNode(output, metadata);
        output.Write("}"u8);
    }

    /// <summary>Writes JSON.</summary>
    protected static void WriteNode(IBufferWriter<byte> output, JsonNode node)
    {
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        node.WriteTo(writer);
    }
}

/// <summary>Whole objects: their stored bytes, where the version has no other form.</summary>
internal sealed class FullRenderer(ResourceDefinition definition) : ObjectRenderer
{
    private readonly byte[] _beginning = ObjectCodec.Beginning(definition);
    private bool _first = true;

    /// <inheritdoc/>
    public override void WriteObject(IBufferWriter<byte> output, StoredObject stored, long revision) =>
        ObjectCodec.WriteTo(output, ObjectCodec.Represent(stored, definition), _beginning, revision);

    /// <inheritdoc/>
    public override void WriteBookmark(IBufferWriter<byte> output, JsonObject metadata) =>
        WriteNode(output, new JsonObject { ["kind"] = definition.Kind, ["apiVersion"] = definition.ApiVersion, ["metadata"] = metadata });

    /// <inheritdoc/>
    public override void WriteListStart(IBufferWriter<byte> output) =>
        output.Write(Encoding.UTF8.GetBytes($"{{\"kind\":\"{definition.ListKind}\",\"apiVersion\":\"{definition.ApiVersion}\",\"items\":["));

    /// <inheritdoc/>
    public override void WriteItem(IBufferWriter<byte> output, StoredObject stored)
    {
        if (!_first)
        {
            output.Write(","u8);
        }

        _first = false;
        WriteObject(output, stored, stored.Revision);
    }
}

/// <summary>Metadata only (<c>meta.k8s.io/v1</c> PartialObjectMetadata).</summary>
internal sealed class MetadataRenderer : ObjectRenderer
{
    private bool _first = true;

    private static ReadOnlySpan<byte> Beginning => "{\"apiVersion\":\"meta.k8s.io/v1\",\"kind\":\"PartialObjectMetadata\",\"metadata\":{"u8;

    /// <inheritdoc/>
    public override void WriteObject(IBufferWriter<byte> output, StoredObject stored, long revision) => Write(output, stored, revision);

    /// <inheritdoc/>
    public override void WriteBookmark(IBufferWriter<byte> output, JsonObject metadata) =>
        WriteNode(output, new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata });

    /// <inheritdoc/>
    public override void WriteListStart(IBufferWriter<byte> output) =>
        output.Write("{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"items\":["u8);

    /// <inheritdoc/>
    public override void WriteItem(IBufferWriter<byte> output, StoredObject stored)
    {
        if (!_first)
        {
            output.Write(","u8);
        }

        _first = false;
        Write(output, stored, stored.Revision);
    }

    /// <summary>Writes the metadata of one object.</summary>
    internal static void Write(IBufferWriter<byte> output, StoredObject stored, long revision) =>
        ObjectCodec.WriteTo(output, stored with { Value = WithoutTheRest(stored.Value) }, Beginning, revision);

    /// <summary>apiVersion, kind and metadata are the first fields, so what follows metadata can be cut off.</summary>
    private static byte[] WithoutTheRest(ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(value);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            reader.Skip();
            if (isMetadata)
            {
                break;
            }
        }

        return [.. value[..(int)reader.BytesConsumed], (byte)'}'];
    }
}

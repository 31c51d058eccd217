using System.Buffers;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Tables;

/// <summary>Which part of the object each row carries (<c>includeObject</c>).</summary>
internal enum IncludeObject
{
    /// <summary>The metadata; the default.</summary>
    Metadata,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>All of it.</summary>
    Object,
}

/// <summary>Rows for people: the <c>meta.k8s.io/v1</c> Table that kubectl prints.</summary>
internal sealed class TableRenderer(ResourceDefinition definition, IncludeObject include, DateTimeOffset now) : ObjectRenderer
{
    private const string NameDescription =
        "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.";

    private readonly byte[] _beginning = ObjectCodec.Beginning(definition);
    private bool _first = true;
    private bool _columnsWritten;

    /// <inheritdoc/>
    public override void WriteObject(IBufferWriter<byte> output, StoredObject stored, long revision)
    {
        // A watch tells the columns once, with its first row.
        WriteStart(output, withColumns: !_columnsWritten);
        WriteRow(output, stored, revision);
        WriteListEnd(output, new JsonObject { ["resourceVersion"] = $"{revision}" });
    }

    /// <inheritdoc/>
    public override void WriteBookmark(IBufferWriter<byte> output, JsonObject metadata)
    {
        WriteStart(output, withColumns: !_columnsWritten);
        output.Write("{\"cells\":[],\"object\":"u8);
        WriteNode(output, new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata });
        output.Write("}"u8);
        WriteListEnd(output, new JsonObject { ["resourceVersion"] = metadata["resourceVersion"]?.DeepClone() });
    }

    /// <inheritdoc/>
    public override void WriteListStart(IBufferWriter<byte> output) => WriteStart(output, withColumns: true);

    /// <inheritdoc/>
    public override void WriteItem(IBufferWriter<byte> output, StoredObject stored)
    {
        if (!_first)
        {
            output.Write(","u8);
        }

        _first = false;
        WriteRow(output, stored, stored.Revision);
    }

    private void WriteStart(IBufferWriter<byte> output, bool withColumns)
    {
        output.Write("{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"columnDefinitions\":"u8);
        WriteNode(output, withColumns ? Columns() : []);
        output.Write(",\"rows\":["u8);
        _columnsWritten = true;
    }

    private void WriteRow(IBufferWriter<byte> output, StoredObject stored, long revision)
    {
        var obj = ObjectCodec.Decode(stored, definition);
        output.Write("{\"cells\":"u8);
        WriteNode(output, new JsonArray([stored.Key.Name, .. definition.Columns.Select(column => Cell(column, obj))]));
        if (include != IncludeObject.None)
        {
            output.Write(",\"object\":"u8);
            if (include == IncludeObject.Object)
            {
                ObjectCodec.WriteTo(output, ObjectCodec.Represent(stored, definition), _beginning, revision);
            }
            else
            {
                MetadataRenderer.Write(output, stored, revision);
            }
        }

        output.Write("}"u8);
    }

    private JsonNode? Cell(PrinterColumn column, JsonObject obj)
    {
        var cell = column.Cell(obj, now);
        if (cell?.Parent is not null)
        {
            cell = cell.DeepClone();
        }

        if (column.Type != "date" || cell is null)
        {
            return cell;
        }

        return DateTimeOffset.TryParse(cell.ToString(), out var time) ? HumanDuration.Format(now - time) : "<invalid>";
    }

    private JsonArray Columns() =>
    [
        Column("Name", "string", "name", NameDescription, 0),
        .. definition.Columns.Select(c => (JsonNode)Column(c.Name, c.Type == "date" ? "string" : c.Type, c.Format, c.Description, c.Priority)),
    ];

    private static JsonObject Column(string name, string type, string format, string description, int priority) =>
        new() { ["name"] = name, ["type"] = type, ["format"] = format, ["description"] = description, ["priority"] = priority };
}

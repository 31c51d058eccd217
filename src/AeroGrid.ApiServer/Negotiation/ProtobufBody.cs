using System.Collections.Frozen;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources.BuiltIn;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>
/// Decodes built-in kinds sent as <c>application/vnd.kubernetes.protobuf</c>: what kubectl's own commands send (<c>create namespace</c>,
/// <c>create rolebinding</c>, <c>auth can-i</c> …) since version 1.32, without falling back to JSON. Answers stay JSON, which kubectl accepts as well.
/// Custom resources have no such encoding.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private const int MaxDepth = 100;
    private static readonly FrozenDictionary<string, string> Definitions = BuiltInSchemas.DefinitionsByName;

    /// <summary>Decodes an object with its envelope, <c>runtime.Unknown</c> behind the magic number <c>k8s\0</c>.</summary>
    /// <exception cref="ApiException">400: malformed. 415: not a built-in kind.</exception>
    public static JsonObject Decode(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
        {
            throw ProtobufReader.Malformed();
        }

        var envelope = new ProtobufReader(body[4..]);
        var (apiVersion, kind) = ("", "");
        ReadOnlySpan<byte> raw = default;
        while (!envelope.IsAtEnd)
        {
            var (number, type) = envelope.ReadTag();
            switch (number, type)
            {
                case (1, WireType.Bytes):
                    (apiVersion, kind) = ReadTypeMeta(envelope.ReadBytes());
                    break;
                case (2, WireType.Bytes):
                    raw = envelope.ReadBytes();
                    break;
                default:
                    envelope.Skip(type);
                    break;
            }
        }

        var obj = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind };
        var definition = FindDefinition(apiVersion, kind);
        ReadFields(raw, BuiltInProtobuf.FieldsOf(definition), definition, obj, 0);
        return obj;
    }

    private static string FindDefinition(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        var group = slash < 0 ? "core" : apiVersion[..slash].Split('.')[0];
        return Definitions.GetValueOrDefault($"io.k8s.api.{group}.{apiVersion[(slash + 1)..]}.{kind}")
            ?? Definitions.GetValueOrDefault($"io.k8s.apimachinery.pkg.apis.meta.v1.{kind}")
            ?? throw new ApiException(415, "UnsupportedMediaType", $"{kind} of {apiVersion} cannot be sent as {MediaType}; send JSON or YAML");
    }

    private static (string ApiVersion, string Kind) ReadTypeMeta(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        var (apiVersion, kind) = ("", "");
        while (!reader.IsAtEnd)
        {
            var (number, type) = reader.ReadTag();
            switch (number, type)
            {
                case (1, WireType.Bytes):
                    apiVersion = reader.ReadText();
                    break;
                case (2, WireType.Bytes):
                    kind = reader.ReadText();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return (apiVersion, kind);
    }

    private static void ReadFields(ReadOnlySpan<byte> bytes, FrozenDictionary<int, ProtobufField> fields, string definition, JsonObject into, int depth)
    {
        if (depth > MaxDepth)
        {
            throw ProtobufReader.Malformed();
        }

        var reader = new ProtobufReader(bytes);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            if (!fields.TryGetValue(number, out var field))
            {
                reader.Skip(wire);
            }
            else if (field.Type.Length == 0)
            {
                ReadFields(reader.ReadBytes(), BuiltInProtobuf.FieldsOf(field.Name, definition), definition, into, depth + 1);
            }
            else if (field.Type.StartsWith("{}", StringComparison.Ordinal))
            {
                ReadEntry(reader.ReadBytes(), field.Type[2..], Child(into, field.Name, () => new JsonObject()), depth);
            }
            else if (field.Type.StartsWith("[]", StringComparison.Ordinal))
            {
                Child(into, field.Name, () => new JsonArray()).Add(ReadValue(ref reader, wire, field.Type[2..], depth));
            }
            else if (ReadValue(ref reader, wire, field.Type, depth) is { } value && (field.Keep || !IsZero(value)))
            {
                into[field.Name] = value;
            }
        }
    }

    private static T Child<T>(JsonObject parent, string name, Func<T> make)
        where T : JsonNode
    {
        if (parent[name] is T there)
        {
            return there;
        }

        var made = make();
        parent[name] = made;
        return made;
    }

    private static void ReadEntry(ReadOnlySpan<byte> bytes, string type, JsonObject map, int depth)
    {
        var reader = new ProtobufReader(bytes);
        var key = "";
        JsonNode? value = null;
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            switch (number)
            {
                case 1 when wire == WireType.Bytes:
                    key = reader.ReadText();
                    break;
                case 2 when type.StartsWith("[]", StringComparison.Ordinal):
                    value = ReadItems(reader.ReadBytes(), type[2..], depth);
                    break;
                case 2:
                    value = ReadValue(ref reader, wire, type, depth);
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        map[key] = value ?? (type == "string" ? JsonValue.Create("") : null);
    }

    // A list as a value of a map is a message with the items in field 1 (ExtraValue).
    private static JsonArray ReadItems(ReadOnlySpan<byte> bytes, string type, int depth)
    {
        var reader = new ProtobufReader(bytes);
        var items = new JsonArray();
        while (!reader.IsAtEnd)
        {
            var (_, wire) = reader.ReadTag();
            items.Add(ReadValue(ref reader, wire, type, depth));
        }

        return items;
    }

    private static JsonNode? ReadValue(ref ProtobufReader reader, WireType wire, string type, int depth)
    {
        var expected = type switch
        {
            "int32" or "int64" or "boolean" => WireType.Varint,
            "double" => WireType.Fixed64,
            _ => WireType.Bytes,
        };
        if (wire != expected)
        {
            throw ProtobufReader.Malformed();
        }

        switch (type)
        {
            case "string":
                return JsonValue.Create(reader.ReadText());
            case "int32":
                return JsonValue.Create((int)reader.ReadVarint());
            case "int64":
                return JsonValue.Create((long)reader.ReadVarint());
            case "boolean":
                return JsonValue.Create(reader.ReadVarint() != 0);
            case "double":
                return JsonValue.Create(reader.ReadDouble());
            case "bytes":
                return JsonValue.Create(Convert.ToBase64String(reader.ReadBytes()));
            case "time":
                return ProtobufValues.ReadTime(reader.ReadBytes());
            case "quantity":
                return ProtobufValues.ReadQuantity(reader.ReadBytes());
            case "int-or-string":
                return ProtobufValues.ReadIntOrString(reader.ReadBytes());
            case "any":
                return ProtobufValues.ReadRaw(reader.ReadBytes());
            default:
                var obj = new JsonObject();
                ReadFields(reader.ReadBytes(), BuiltInProtobuf.FieldsOf(type), type, obj, depth + 1);
                return obj;
        }
    }

    private static bool IsZero(JsonNode value) => value switch
    {
        JsonObject obj => obj.Count == 0,
        JsonValue v when v.TryGetValue<string>(out var text) => text.Length == 0,
        JsonValue v when v.TryGetValue<bool>(out var flag) => !flag,
        JsonValue v when v.TryGetValue<int>(out var number) => number == 0,
        JsonValue v when v.TryGetValue<long>(out var number) => number == 0,
        JsonValue v when v.TryGetValue<double>(out var number) => number == 0,
        _ => false,
    };
}

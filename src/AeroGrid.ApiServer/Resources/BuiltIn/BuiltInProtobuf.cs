using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;

namespace AeroGrid.ApiServer.Resources.BuiltIn;

/// <summary>
/// Field numbers of the built-in kinds, as in the <c>protobuf</c> tags of k8s.io/api (v1.34), from the embedded <c>builtin-protobuf.json</c>; types are
/// those of <c>builtin-schemas.json</c>. There, <c>?</c> after a name marks a pointer in Go, whose zero counts, and <c>*</c> before it a message whose
/// fields are inlined in JSON. Thread-safe.
/// </summary>
internal static class BuiltInProtobuf
{
    private static readonly Lazy<JsonDocument> Numbers = new(Read);
    private static readonly ConcurrentDictionary<(string Message, string Definition), FrozenDictionary<int, ProtobufField>> Made = new();

    /// <summary>The fields of a definition such as <c>V1PodSpec</c> by number.</summary>
    public static FrozenDictionary<int, ProtobufField> FieldsOf(string definition) => FieldsOf(definition, definition);

    /// <summary>The fields of a message that is inlined in a definition.</summary>
    public static FrozenDictionary<int, ProtobufField> FieldsOf(string message, string definition) =>
        Made.GetOrAdd((message, definition), static key => Make(key.Message, key.Definition));

    private static FrozenDictionary<int, ProtobufField> Make(string message, string definition)
    {
        var types = BuiltInSchemas.ShapeOf(definition);
        var fields = new Dictionary<int, ProtobufField>();
        if (!Numbers.Value.RootElement.TryGetProperty(message, out var numbers))
        {
            return FrozenDictionary<int, ProtobufField>.Empty;
        }

        foreach (var entry in numbers.EnumerateObject())
        {
            var name = entry.Name.Trim('*', '?');
            if (entry.Name[0] == '*')
            {
                fields[entry.Value.GetInt32()] = new ProtobufField(name, "", Keep: false);
            }
            else if (types.TryGetProperty(name, out var type))
            {
                fields[entry.Value.GetInt32()] = new ProtobufField(name, type.GetString()!.TrimEnd('!'), entry.Name[^1] == '?');
            }
        }

        return fields.ToFrozenDictionary();
    }

    private static JsonDocument Read()
    {
        using var stream = BuiltInSchemas.Open("builtin-protobuf.json");
        return JsonDocument.Parse(stream);
    }
}

/// <summary>One field.</summary>
/// <param name="Name">Name in JSON, or of the inlined message.</param>
/// <param name="Type">Type as in <c>builtin-schemas.json</c>; empty when inlined.</param>
/// <param name="Keep">Whether a zero is a value; otherwise it means that the field is absent.</param>
internal readonly record struct ProtobufField(string Name, string Type, bool Keep);

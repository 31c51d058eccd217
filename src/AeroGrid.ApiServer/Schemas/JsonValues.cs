using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>Reading of loosely typed JSON, without exceptions for values of another type than expected.</summary>
internal static class JsonValues
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The node at a path of field names; null where any step is missing or not an object.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (node is not JsonObject obj || !obj.TryGetPropertyValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }

    /// <summary>The object at a path, or null.</summary>
    public static JsonObject? ObjectAt(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    /// <summary>The array at a path, or null.</summary>
    public static JsonArray? ArrayAt(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonArray;

    /// <summary>The elements of the array at a path that are objects.</summary>
    public static IEnumerable<JsonObject> ObjectsAt(this JsonNode? node, params ReadOnlySpan<string> path) =>
        (node.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The string at a path, or null.</summary>
    public static string? TextAt(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path).AsText();

    /// <summary>The integer at a path, or null.</summary>
    public static long? IntegerAt(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path).AsInteger();

    /// <summary>The boolean at a path, or null.</summary>
    public static bool? BooleanAt(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.True => true,
        JsonValue value when value.GetValueKind() == JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A string value, or null.</summary>
    public static string? AsText(this JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    /// <summary>A number without a fraction that fits 64 bits, or null. JSON <c>1.0</c> is an integer, as it is for Kubernetes.</summary>
    public static long? AsInteger(this JsonNode? node)
    {
        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
        {
            return null;
        }

        if (value.TryGetValue(out long integer))
        {
            return integer;
        }

        return value.AsDouble() is { } number && Math.Floor(number) == number && Math.Abs(number) < 9.2e18 ? (long)number : null;
    }

    /// <summary>A number, or null.</summary>
    public static double? AsDouble(this JsonNode? node)
    {
        if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
        {
            return null;
        }

        return value.TryGetValue(out double number) ? number : double.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>Kind of a node; <see cref="JsonValueKind.Null"/> for null.</summary>
    public static JsonValueKind Kind(this JsonNode? node) => node?.GetValueKind() ?? JsonValueKind.Null;

    /// <summary>The object of this name, made where it is missing or not an object.</summary>
    public static JsonObject Ensure(this JsonObject obj, string name)
    {
        if (obj[name] is JsonObject existing)
        {
            return existing;
        }

        var made = new JsonObject();
        obj[name] = made;
        return made;
    }

    /// <summary>Sets a field where it is absent or null.</summary>
    public static void SetDefault(this JsonObject obj, string name, JsonNode value)
    {
        if (!obj.TryGetPropertyValue(name, out var existing) || existing is null)
        {
            obj[name] = value;
        }
    }

    /// <summary>JSON text for error messages: quotes and non-ASCII readable, long values cut.</summary>
    public static string Show(this JsonNode? node)
    {
        var text = node is null ? "null" : node.ToJsonString(Compact);
        return text.Length <= 300 ? text : string.Concat(text.AsSpan(0, 300), "...");
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>JSON types by their OpenAPI names.</summary>
internal static class SchemaTypes
{
    /// <summary>The OpenAPI name of a value's type.</summary>
    public static string NameOf(JsonNode? value) => value.Kind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.AsInteger() is null ? "number" : "integer",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };

    /// <summary>Whether a value, not null, is of a type.</summary>
    public static bool Matches(string type, JsonNode value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value.Kind() == JsonValueKind.String,
        "integer" => value.AsInteger() is not null,
        "number" => value.Kind() == JsonValueKind.Number,
        "boolean" => value.Kind() is JsonValueKind.True or JsonValueKind.False,
        _ => true,
    };
}

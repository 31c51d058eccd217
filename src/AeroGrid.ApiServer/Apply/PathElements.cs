using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>The elements of field paths in their <c>FieldsV1</c> spelling.</summary>
internal static class PathElements
{
    /// <summary>A field of an object or a key of a map.</summary>
    public static string Field(string name) => "f:" + name;

    /// <summary>
    /// An element of a list of type map or set; null when it cannot be identified, since it has none of the keys (validation refuses such a
    /// list, but field ownership must not fail on what is stored).
    /// </summary>
    public static string? Item(SchemaNode list, JsonNode? item)
    {
        if (list.ListType == "set")
        {
            return "v:" + CanonicalJson.Of(item);
        }

        return ListKeys.KeyOf(list, item) is { } key ? "k:" + CanonicalJson.Of(key) : null;
    }

    /// <summary>The one spelling of an element that a client may have written in another way.</summary>
    /// <exception cref="FormatException">It is no path element.</exception>
    public static string Canonical(string element)
    {
        if (element.StartsWith("f:", StringComparison.Ordinal))
        {
            return element;
        }

        try
        {
            return element switch
            {
                ['k', ':', ..] when JsonNode.Parse(element[2..]) is JsonObject key => "k:" + CanonicalJson.Of(key),
                ['v', ':', ..] => "v:" + CanonicalJson.Of(JsonNode.Parse(element[2..])),
                ['i', ':', ..] when int.TryParse(element.AsSpan(2), out _) => element,
                _ => throw new FormatException($"\"{element}\" is not a path element"),
            };
        }
        catch (JsonException e)
        {
            throw new FormatException($"\"{element}\" is not a path element: {e.Message}", e);
        }
    }

    /// <summary>An element as people read it: <c>.name</c>, <c>[name="x"]</c>, <c>[="x"]</c>, <c>[0]</c>.</summary>
    public static string Show(string element) => element[0] switch
    {
        'f' => "." + element[2..],
        'k' when JsonNode.Parse(element[2..]) is JsonObject key => $"[{string.Join(",", key.Select(k => $"{k.Key}={k.Value.Show()}"))}]",
        'v' => $"[={element[2..]}]",
        _ => $"[{element[2..]}]",
    };
}

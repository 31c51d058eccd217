using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AeroGrid.Client.Tests.Generation;

/// <summary>Makes the committed document of what the API server serves: sorted, and without what no operation refers to.</summary>
internal static class OpenApiFilter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static string Apply(string served)
    {
        var document = JsonNode.Parse(served)!.AsObject();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var needed = new HashSet<string>(StringComparer.Ordinal);
        Collect(document["paths"]!, schemas, needed);
        foreach (var name in schemas.Select(s => s.Key).Where(name => !needed.Contains(name)).ToList())
        {
            schemas.Remove(name);
        }

        return Sorted(document)!.ToJsonString(Indented) + "\n";
    }

    private static void Collect(JsonNode? node, JsonObject schemas, HashSet<string> needed)
    {
        switch (node)
        {
            case JsonObject map:
                if (map["$ref"] is JsonValue reference && reference.GetValue<string>().Split('/')[^1] is var name && needed.Add(name))
                {
                    Collect(schemas[name], schemas, needed);
                }

                foreach (var (_, value) in map)
                {
                    Collect(value, schemas, needed);
                }

                break;
            case JsonArray list:
                foreach (var value in list)
                {
                    Collect(value, schemas, needed);
                }

                break;
        }
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        // Orders of lists are the server's, and mean something: enumerations, required fields, parameters.
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}

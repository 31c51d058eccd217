using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Removal of fields that a schema does not know
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning).
/// </summary>
internal static class Pruning
{
    /// <summary>Removes unknown fields in place and adds their paths to <paramref name="removed"/>.</summary>
    public static void Prune(SchemaNode schema, JsonNode? value, FieldPath path, List<string> removed)
    {
        switch (value)
        {
            case JsonObject obj:
                PruneObject(schema, obj, path, removed);
                break;
            case JsonArray array when schema.Items is { } items:
                for (var i = 0; i < array.Count; i++)
                {
                    Prune(items, array[i], path.Index(i), removed);
                }

                break;
        }
    }

    private static void PruneObject(SchemaNode schema, JsonObject obj, FieldPath path, List<string> removed)
    {
        var known = schema.EmbeddedResource ? EmbeddedResources.Properties(schema) : schema.Properties;
        List<string>? unknown = null;
        foreach (var (name, child) in obj)
        {
            if (known.TryGetValue(name, out var property))
            {
                Prune(property, child, path.Field(name), removed);
            }
            else if (schema.AdditionalProperties is { } additional)
            {
                Prune(additional, child, path.Key(name), removed);
            }
            else if (!schema.PreserveUnknownFields)
            {
                (unknown ??= []).Add(name);
            }
        }

        foreach (var name in unknown ?? [])
        {
            obj.Remove(name);
            removed.Add(path.Field(name).ToString());
        }
    }
}

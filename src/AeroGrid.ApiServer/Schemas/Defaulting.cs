using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Structural schema defaulting
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting): defaults of absent
/// fields, and null in a field that is not nullable counts as absent.
/// </summary>
internal static class Defaulting
{
    /// <summary>Sets defaults in place.</summary>
    public static void Apply(SchemaNode schema, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject obj:
                ApplyToObject(schema, obj);
                break;
            case JsonArray array when schema.Items is { } items:
                foreach (var element in array)
                {
                    Apply(items, element);
                }

                break;
        }
    }

    private static void ApplyToObject(SchemaNode schema, JsonObject obj)
    {
        DropNulls(schema, obj);
        foreach (var (name, property) in schema.Properties)
        {
            if (!obj.TryGetPropertyValue(name, out var child))
            {
                if (property.Default is null)
                {
                    continue;
                }

                child = property.Default.DeepClone();
                obj[name] = child;
            }

            Apply(property, child);
        }

        if (schema.AdditionalProperties is { } additional)
        {
            foreach (var (name, child) in obj)
            {
                if (!schema.Properties.ContainsKey(name))
                {
                    Apply(additional, child);
                }
            }
        }
    }

    private static void DropNulls(SchemaNode schema, JsonObject obj)
    {
        List<string>? nulls = null;
        foreach (var (name, child) in obj)
        {
            if (child is null && Of(schema, name) is { Nullable: false, PreserveUnknownFields: false })
            {
                (nulls ??= []).Add(name);
            }
        }

        foreach (var name in nulls ?? [])
        {
            obj.Remove(name);
        }
    }

    private static SchemaNode? Of(SchemaNode schema, string name) =>
        schema.Properties.TryGetValue(name, out var property) ? property : schema.AdditionalProperties;
}

using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>
/// What a schema says about merging (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy). Where there is no
/// schema, objects merge field by field and arrays are replaced as a whole.
/// </summary>
internal static class MergeSchema
{
    /// <summary>Whether an object merges field by field.</summary>
    public static bool IsGranularMap(SchemaNode? schema) => schema?.MapType != "atomic";

    /// <summary>Whether an array merges element by element.</summary>
    public static bool IsGranularList(SchemaNode? schema) => schema?.ListType is "set" or "map";

    /// <summary>Schema of a field, and whether the schema names the field (as opposed to a key of a map).</summary>
    public static (SchemaNode? Schema, bool Named) Field(SchemaNode? schema, string name)
    {
        if (schema is null)
        {
            return (null, false);
        }

        if (schema.Properties.TryGetValue(name, out var property))
        {
            return (property, true);
        }

        return schema.EmbeddedResource && EmbeddedResources.TypeMeta.TryGetValue(name, out property)
            ? (property, true)
            : (schema.AdditionalProperties, false);
    }
}

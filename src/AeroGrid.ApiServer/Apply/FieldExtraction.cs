using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>The fields that a configuration names, hence that its manager owns once it is applied.</summary>
internal static class FieldExtraction
{
    /// <summary>
    /// The set of a value: leaves, atomic values as a whole, empty maps, elements of lists, and keys of maps. Fields that the schema names
    /// and that have content are not members themselves, since naming a child does not claim its siblings.
    /// </summary>
    public static FieldSet Of(SchemaNode? schema, JsonNode? value)
    {
        var set = new FieldSet();
        Extract(schema, value, set);
        return set;
    }

    private static void Extract(SchemaNode? schema, JsonNode? value, FieldSet set)
    {
        switch (value)
        {
            case JsonObject obj when MergeSchema.IsGranularMap(schema):
                foreach (var (name, child) in obj)
                {
                    var (fieldSchema, named) = MergeSchema.Field(schema, name);
                    var below = new FieldSet();
                    Extract(fieldSchema, child, below);
                    below.IsMember |= !named || child is null or JsonObject { Count: 0 };
                    set.Attach(PathElements.Field(name), below);
                }

                break;
            case JsonArray array when MergeSchema.IsGranularList(schema):
                foreach (var item in array)
                {
                    if (PathElements.Item(schema!, item) is { } element)
                    {
                        var below = set.Descend(element);
                        Extract(schema!.Items, item, below);
                        below.IsMember = true;
                    }
                }

                break;
            default:
                set.IsMember = true;
                break;
        }
    }
}

using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>
/// Removes what a manager applied before and no longer names: a field goes when the manager owned it and nobody owns it, or anything
/// inside it, now.
/// </summary>
internal static class FieldRemoval
{
    /// <summary>Removes in place.</summary>
    /// <param name="schema">Schema of the object.</param>
    /// <param name="merged">The object.</param>
    /// <param name="before">What the manager owned until now.</param>
    /// <param name="owned">What all managers own from now on, this one included.</param>
    public static void Remove(SchemaNode? schema, JsonObject merged, FieldSet before, FieldSet owned) => RemoveFields(schema, merged, before, owned);

    private static void RemoveBelow(SchemaNode? schema, JsonNode? value, FieldSet before, FieldSet owned)
    {
        switch (value)
        {
            case JsonObject obj when MergeSchema.IsGranularMap(schema):
                RemoveFields(schema, obj, before, owned);
                break;
            case JsonArray array when MergeSchema.IsGranularList(schema):
                RemoveItems(schema!, array, before, owned);
                break;
        }
    }

    private static void RemoveFields(SchemaNode? schema, JsonObject obj, FieldSet before, FieldSet owned)
    {
        foreach (var (element, previous) in before.Children)
        {
            if (!element.StartsWith("f:", StringComparison.Ordinal) || !obj.TryGetPropertyValue(element[2..], out var child))
            {
                continue;
            }

            var name = element[2..];
            if (owned.Child(element) is not { } still)
            {
                obj.Remove(name);
                continue;
            }

            RemoveBelow(MergeSchema.Field(schema, name).Schema, child, previous, still);
            // What became empty stays only where somebody wants it to be there.
            if (!still.IsMember && child is JsonObject { Count: 0 } or JsonArray { Count: 0 })
            {
                obj.Remove(name);
            }
        }
    }

    private static void RemoveItems(SchemaNode schema, JsonArray array, FieldSet before, FieldSet owned)
    {
        for (var i = array.Count - 1; i >= 0; i--)
        {
            if (PathElements.Item(schema, array[i]) is not { } element || before.Child(element) is not { } previous)
            {
                continue;
            }

            if (owned.Child(element) is { } still)
            {
                RemoveBelow(schema.Items, array[i], previous, still);
            }
            else
            {
                array.RemoveAt(i);
            }
        }
    }
}

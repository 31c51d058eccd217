using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>What changed between two states of an object.</summary>
/// <param name="Changed">Paths that were added or have another value.</param>
/// <param name="Removed">Paths that are gone.</param>
internal sealed record FieldDifference(FieldSet Changed, FieldSet Removed)
{
    /// <summary>Whether the states are equal.</summary>
    public bool IsEmpty => Changed.IsEmpty && Removed.IsEmpty;
}

/// <summary>Compares two states of an object along its schema, as structured-merge-diff's Compare does.</summary>
internal static class FieldComparison
{
    /// <summary>What changed from one state to the next.</summary>
    public static FieldDifference Of(SchemaNode? schema, JsonObject before, JsonObject after)
    {
        var difference = new FieldDifference(new FieldSet(), new FieldSet());
        CompareObjects(schema, before, after, difference);
        return difference;
    }

    /// <summary>Compares what is at one path, where null means that there is nothing or JSON null.</summary>
    private static void Compare(SchemaNode? schema, Optional before, Optional after, FieldDifference here)
    {
        var recursed = false;
        if (Both<JsonObject>(before, after) && MergeSchema.IsGranularMap(schema) && !(IsEmpty(before) && IsEmpty(after)))
        {
            CompareObjects(schema, before.Value as JsonObject, after.Value as JsonObject, here);
            recursed = true;
        }
        else if (Both<JsonArray>(before, after) && MergeSchema.IsGranularList(schema) && !(IsEmpty(before) && IsEmpty(after)))
        {
            CompareLists(schema!, before.Value as JsonArray, after.Value as JsonArray, here);
            recursed = true;
        }

        if (!before.Exists)
        {
            here.Changed.IsMember = true;
        }
        else if (!after.Exists)
        {
            here.Removed.IsMember = true;
        }
        else if (!recursed && !JsonNode.DeepEquals(before.Value, after.Value))
        {
            here.Changed.IsMember = true;
            MarkReplaced(schema, before.Value, after.Value, here);
        }
    }

    private static void CompareObjects(SchemaNode? schema, JsonObject? before, JsonObject? after, FieldDifference here)
    {
        foreach (var (name, value) in after ?? [])
        {
            JsonNode? old = null;
            var existed = before?.TryGetPropertyValue(name, out old) == true;
            Below(here, PathElements.Field(name), MergeSchema.Field(schema, name).Schema, new Optional(existed, old), new Optional(true, value));
        }

        foreach (var (name, value) in before ?? [])
        {
            if (after?.ContainsKey(name) != true)
            {
                Below(here, PathElements.Field(name), MergeSchema.Field(schema, name).Schema, new Optional(true, value), default);
            }
        }
    }

    private static void CompareLists(SchemaNode schema, JsonArray? before, JsonArray? after, FieldDifference here)
    {
        var old = Items(schema, before);
        var current = Items(schema, after);
        foreach (var (element, value) in current)
        {
            Below(here, element, schema.Items, old.TryGetValue(element, out var was) ? new Optional(true, was) : default, new Optional(true, value));
        }

        foreach (var (element, value) in old)
        {
            if (!current.ContainsKey(element))
            {
                Below(here, element, schema.Items, new Optional(true, value), default);
            }
        }
    }

    private static void Below(FieldDifference here, string element, SchemaNode? schema, Optional before, Optional after)
    {
        var below = new FieldDifference(new FieldSet(), new FieldSet());
        Compare(schema, before, after, below);
        here.Changed.Attach(element, below.Changed);
        here.Removed.Attach(element, below.Removed);
    }

    /// <summary>When a value becomes another type (a map where a text was), what was inside is gone.</summary>
    private static void MarkReplaced(SchemaNode? schema, JsonNode? before, JsonNode? after, FieldDifference here)
    {
        if (before is JsonObject && after is not JsonObject && MergeSchema.IsGranularMap(schema))
        {
            CompareObjects(schema, (JsonObject)before, null, here);
        }
        else if (after is JsonObject added && before is not JsonObject && MergeSchema.IsGranularMap(schema))
        {
            CompareObjects(schema, null, added, here);
        }
    }

    private static Dictionary<string, JsonNode?> Items(SchemaNode schema, JsonArray? array)
    {
        var result = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in array ?? [])
        {
            if (PathElements.Item(schema, item) is { } element)
            {
                result.TryAdd(element, item);
            }
        }

        return result;
    }

    private static bool Both<T>(Optional before, Optional after)
        where T : JsonNode =>
        (before.Value is T && (after.Value is T || !after.Exists)) || (after.Value is T && !before.Exists);

    private static bool IsEmpty(Optional value) => value.Value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };

    /// <summary>A value that may be absent, which is not the same as JSON null.</summary>
    private readonly record struct Optional(bool Exists, JsonNode? Value);
}

using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>Merges an applied configuration into a live object: what the configuration names wins, everything else stays.</summary>
internal static class FieldMerge
{
    /// <summary>A new object.</summary>
    public static JsonObject Merge(SchemaNode? schema, JsonObject live, JsonObject applied) => MergeObjects(schema, live, applied);

    private static JsonNode? MergeValues(SchemaNode? schema, JsonNode? live, JsonNode? applied) => (live, applied) switch
    {
        (JsonObject left, JsonObject right) when MergeSchema.IsGranularMap(schema) => MergeObjects(schema, left, right),
        (JsonArray left, JsonArray right) when MergeSchema.IsGranularList(schema) => MergeLists(schema!, left, right),
        _ => applied?.DeepClone(),
    };

    private static JsonObject MergeObjects(SchemaNode? schema, JsonObject live, JsonObject applied)
    {
        var result = new JsonObject();
        foreach (var (name, value) in live)
        {
            result[name] = applied.TryGetPropertyValue(name, out var wanted)
                ? MergeValues(MergeSchema.Field(schema, name).Schema, value, wanted)
                : value?.DeepClone();
        }

        foreach (var (name, wanted) in applied)
        {
            if (!live.ContainsKey(name))
            {
                result[name] = wanted?.DeepClone();
            }
        }

        return result;
    }

    /// <summary>
    /// Elements of both lists: those of the configuration in its order, those that only the live object has where they were relative to
    /// their neighbours.
    /// </summary>
    private static JsonArray MergeLists(SchemaNode schema, JsonArray live, JsonArray applied)
    {
        var liveItems = live.Select(item => (Key: PathElements.Item(schema, item), Item: item)).ToList();
        var liveByKey = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (key, item) in liveItems)
        {
            if (key is not null)
            {
                liveByKey.TryAdd(key, item);
            }
        }

        var appliedKeys = applied.Select(item => PathElements.Item(schema, item)).ToList();
        var wanted = appliedKeys.ToHashSet();
        var result = new JsonArray();
        var next = 0;
        for (var i = 0; i < applied.Count; i++)
        {
            var key = appliedKeys[i];
            // Live elements that stand before this one and that the configuration does not name keep their place.
            if (key is not null && liveByKey.ContainsKey(key))
            {
                while (next < liveItems.Count && liveItems[next].Key != key && !wanted.Contains(liveItems[next].Key))
                {
                    result.Add(liveItems[next++].Item?.DeepClone());
                }

                if (next < liveItems.Count && liveItems[next].Key == key)
                {
                    next++;
                }
            }

            result.Add(key is not null && liveByKey.TryGetValue(key, out var existing)
                ? MergeValues(schema.Items, existing, applied[i])
                : applied[i]?.DeepClone());
        }

        for (; next < liveItems.Count; next++)
        {
            if (!wanted.Contains(liveItems[next].Key))
            {
                result.Add(liveItems[next].Item?.DeepClone());
            }
        }

        return result;
    }
}

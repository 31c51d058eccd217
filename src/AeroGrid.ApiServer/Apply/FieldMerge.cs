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
    /// Elements of both lists: those of the configuration in its order, those that only the live object has as early as their own order
    /// allows.
    /// </summary>
    private static JsonArray MergeLists(SchemaNode schema, JsonArray live, JsonArray applied)
    {
        var liveKeys = live.Select(item => PathElements.Item(schema, item)).ToList();
        var appliedKeys = applied.Select(item => PathElements.Item(schema, item)).ToList();
        var wanted = appliedKeys.ToHashSet();
        var existing = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        for (var i = 0; i < live.Count; i++)
        {
            if (liveKeys[i] is { } key)
            {
                existing.TryAdd(key, live[i]);
            }
        }

        var result = new JsonArray();
        var merged = new HashSet<string?>(StringComparer.Ordinal);
        var (left, right) = (0, 0);
        while (left < live.Count || right < applied.Count)
        {
            if (left < live.Count && !wanted.Contains(liveKeys[left]))
            {
                result.Add(live[left++]?.DeepClone());
            }
            else if (left < live.Count && (right == applied.Count || merged.Contains(liveKeys[left])))
            {
                left++;
            }
            else
            {
                var key = appliedKeys[right];
                merged.Add(key);
                result.Add(key is not null && existing.TryGetValue(key, out var item)
                    ? MergeValues(schema.Items, item, applied[right])
                    : applied[right]?.DeepClone());
                right++;
            }
        }

        return result;
    }
}

using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Patch;

/// <summary>
/// Strategic merge patch: a merge patch that merges lists by key where the schema names one, with directives
/// (https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md):
/// <c>$patch: delete|replace|merge</c>, <c>$retainKeys</c>, <c>$deleteFromPrimitiveList/field</c>, <c>$setElementOrder/field</c>.
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";
    private const string OrderPrefix = "$setElementOrder/";

    /// <summary>A patched copy.</summary>
    /// <exception cref="ApiException">400 for a directive that is not well-formed.</exception>
    public static JsonObject Apply(SchemaNode? schema, JsonObject live, JsonObject patch) => MergeObjects(schema, (JsonObject)live.DeepClone(), patch);

    private static JsonObject MergeObjects(SchemaNode? schema, JsonObject target, JsonObject patch)
    {
        switch (patch.TextAt(Directive))
        {
            case "replace":
                var replacement = (JsonObject)patch.DeepClone();
                replacement.Remove(Directive);
                return replacement;
            case "delete":
                return [];
            case null or "merge":
                break;
            case { } other:
                throw ApiException.BadRequest($"unknown $patch directive \"{other}\"; there are merge, replace and delete");
        }

        Retain(target, patch);
        var before = Orders(schema, target, patch);
        foreach (var (name, value) in patch)
        {
            if (name is Directive or RetainKeys || name.StartsWith(DeletePrefix, StringComparison.Ordinal) || name.StartsWith(OrderPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            MergeField(schema, target, name, value);
        }

        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal))
            {
                DeletePrimitives(target, name[DeletePrefix.Length..], Array(value, name));
            }
        }

        foreach (var (field, original) in before)
        {
            var order = patch.TryGetPropertyValue(OrderPrefix + field, out var explicitly) ? Array(explicitly, OrderPrefix + field) : patch[field] as JsonArray;
            Order(Child(schema, field)?.PatchMergeKey, target[field] as JsonArray, order ?? [], original);
        }

        return target;
    }

    private static void MergeField(SchemaNode? schema, JsonObject target, string name, JsonNode? value)
    {
        var child = Child(schema, name);
        switch (value)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject below when child?.PatchStrategy != "replace":
                var merged = MergeObjects(child, target[name] as JsonObject ?? [], below);
                if (below.TextAt(Directive) == "delete")
                {
                    target.Remove(name);
                }
                else if (!ReferenceEquals(target[name], merged))
                {
                    target[name] = merged;
                }

                break;
            case JsonArray items when IsMerged(child):
                var existing = target[name] as JsonArray ?? [];
                var list = child!.PatchMergeKey is { } key ? MergeByKey(child, key, existing, items) : MergePrimitives(existing, items);
                if (!ReferenceEquals(target[name], list))
                {
                    target[name] = list;
                }

                break;
            default:
                target[name] = StripDirectives(value.DeepClone());
                break;
        }
    }

    private static bool IsMerged(SchemaNode? schema) => schema?.PatchStrategy?.Split(',').Contains("merge") == true;

    private static SchemaNode? Child(SchemaNode? schema, string name) =>
        schema is null ? null : schema.Properties.GetValueOrDefault(name) ?? schema.AdditionalProperties;

    private static JsonArray MergeByKey(SchemaNode schema, string key, JsonArray target, JsonArray patch)
    {
        if (patch.Any(item => item is JsonObject { Count: 1 } obj && obj.TextAt(Directive) == "replace"))
        {
            return new JsonArray([.. patch.Where(item => item.TextAt(Directive) is null).Select(item => item?.DeepClone())]);
        }

        foreach (var item in patch)
        {
            if (item is not JsonObject obj)
            {
                throw ApiException.BadRequest("strategic merge patch: an element of a list of objects is not an object");
            }

            if (!obj.TryGetPropertyValue(key, out var value) || value is null)
            {
                throw ApiException.BadRequest($"map: {obj.Show()} does not contain declared merge key: {key}");
            }

            var index = IndexOf(target, key, value);
            if (obj.TextAt(Directive) == "delete")
            {
                for (; index >= 0; index = IndexOf(target, key, value))
                {
                    target.RemoveAt(index);
                }
            }
            else if (index < 0)
            {
                target.Add((JsonNode?)MergeObjects(schema.Items, [], obj));
            }
            else
            {
                var merged = MergeObjects(schema.Items, (JsonObject)target[index]!, obj);
                if (!ReferenceEquals(target[index], merged))
                {
                    target[index] = merged;
                }
            }
        }

        return target;
    }

    private static int IndexOf(JsonArray list, string key, JsonNode value)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (JsonNode.DeepEquals(list[i].At(key), value))
            {
                return i;
            }
        }

        return -1;
    }

    private static JsonArray MergePrimitives(JsonArray target, JsonArray patch)
    {
        foreach (var item in patch)
        {
            if (!target.Any(existing => JsonNode.DeepEquals(existing, item)))
            {
                target.Add(item?.DeepClone());
            }
        }

        return target;
    }

    private static void Retain(JsonObject target, JsonObject patch)
    {
        if (!patch.TryGetPropertyValue(RetainKeys, out var keys))
        {
            return;
        }

        var kept = Array(keys, RetainKeys).Select(k => k.AsText()).ToHashSet();
        foreach (var name in target.Select(f => f.Key).Where(n => !kept.Contains(n)).ToList())
        {
            target.Remove(name);
        }
    }

    private static void DeletePrimitives(JsonObject target, string name, JsonArray removed)
    {
        if (target[name] is not JsonArray list)
        {
            return;
        }

        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (removed.Any(r => JsonNode.DeepEquals(r, list[i])))
            {
                list.RemoveAt(i);
            }
        }
    }

    /// <summary>The merged lists that a patch is about, as they were before.</summary>
    private static Dictionary<string, JsonArray> Orders(SchemaNode? schema, JsonObject target, JsonObject patch)
    {
        var result = new Dictionary<string, JsonArray>(StringComparer.Ordinal);
        foreach (var (name, _) in patch)
        {
            var field = name.StartsWith(OrderPrefix, StringComparison.Ordinal) ? name[OrderPrefix.Length..] : name;
            if (IsMerged(Child(schema, field)) && target[field] is JsonArray list)
            {
                result.TryAdd(field, (JsonArray)list.DeepClone());
            }
        }

        return result;
    }

    /// <summary>
    /// Elements that the patch names come in its order, the others in theirs; where both have a place in the list as it was, that place decides
    /// who comes first, and new elements come before the others.
    /// </summary>
    private static void Order(string? key, JsonArray? list, JsonArray order, JsonArray original)
    {
        if (list is null)
        {
            return;
        }

        int Position(JsonArray array, JsonNode? item)
        {
            for (var i = 0; i < array.Count; i++)
            {
                if (key is null ? JsonNode.DeepEquals(array[i], item) : JsonNode.DeepEquals(array[i].At(key), item.At(key)))
                {
                    return i;
                }
            }

            return -1;
        }

        var items = list.Select(item => (Item: item, Named: Position(order, item), Was: Position(original, item))).ToList();
        var named = new Queue<(JsonNode? Item, int Named, int Was)>(items.Where(i => i.Named >= 0).OrderBy(i => i.Named));
        var others = new Queue<(JsonNode? Item, int Named, int Was)>(items.Where(i => i.Named < 0).OrderBy(i => i.Was));
        list.Clear();
        while (named.Count + others.Count > 0)
        {
            var takeOther = others.Count > 0 && (named.Count == 0 || (named.Peek().Was >= 0 && others.Peek().Was < named.Peek().Was));
            list.Add((takeOther ? others : named).Dequeue().Item);
        }
    }

    /// <summary>What is new and has directives inside is taken without them.</summary>
    private static JsonNode StripDirectives(JsonNode node)
    {
        switch (node)
        {
            case JsonObject obj:
                foreach (var name in obj.Select(f => f.Key).ToList())
                {
                    if (name.StartsWith('$') && (name is Directive or RetainKeys || name.Contains('/')))
                    {
                        obj.Remove(name);
                    }
                    else if (obj[name] is { } child)
                    {
                        StripDirectives(child);
                    }
                }

                break;
            case JsonArray array:
                foreach (var child in array)
                {
                    if (child is not null)
                    {
                        StripDirectives(child);
                    }
                }

                break;
        }

        return node;
    }

    private static JsonArray Array(JsonNode? value, string name) =>
        value as JsonArray ?? throw ApiException.BadRequest($"strategic merge patch: {name} must be an array");
}

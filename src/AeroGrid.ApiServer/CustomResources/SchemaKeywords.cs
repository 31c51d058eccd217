using System.Collections.Frozen;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>
/// The keywords of <c>JSONSchemaProps</c>. The schema of schemas is recursive, which schema trees are not, therefore unknown keywords are
/// found here.
/// </summary>
internal static class SchemaKeywords
{
    private static readonly FrozenSet<string> Known = new[]
    {
        "id", "$schema", "$ref", "description", "type", "format", "title", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
        "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "enum", "maxProperties", "minProperties", "required",
        "items", "allOf", "oneOf", "anyOf", "not", "properties", "additionalProperties", "patternProperties", "dependencies", "additionalItems",
        "definitions", "externalDocs", "example", "nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-validations",
    }.ToFrozenSet();

    private static readonly FrozenSet<string> RuleKeywords =
        new[] { "rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf" }.ToFrozenSet();

    /// <summary>Removes unknown keywords in place and adds their paths.</summary>
    public static void Prune(JsonNode? node, FieldPath path, List<string> removed, int depth = 0)
    {
        if (node is not JsonObject schema || depth > SchemaReader.MostDepth)
        {
            return;
        }

        Remove(schema, Known, path, removed);
        foreach (var (name, property) in schema.ObjectAt("properties") ?? [])
        {
            Prune(property, path.Field("properties").Key(name), removed, depth + 1);
        }

        foreach (var name in (ReadOnlySpan<string>)["items", "additionalProperties", "not"])
        {
            Prune(schema[name], path.Field(name), removed, depth + 1);
        }

        foreach (var name in (ReadOnlySpan<string>)["allOf", "anyOf", "oneOf"])
        {
            for (var i = 0; i < schema.ArrayAt(name)?.Count; i++)
            {
                Prune(schema.ArrayAt(name)![i], path.Field(name).Index(i), removed, depth + 1);
            }
        }

        var index = 0;
        foreach (var rule in schema.ObjectsAt("x-kubernetes-validations"))
        {
            Remove(rule, RuleKeywords, path.Field("x-kubernetes-validations").Index(index++), removed);
        }
    }

    private static void Remove(JsonObject obj, FrozenSet<string> known, FieldPath path, List<string> removed)
    {
        foreach (var name in obj.Select(f => f.Key).Where(n => !known.Contains(n)).ToList())
        {
            obj.Remove(name);
            removed.Add(path.Field(name).ToString());
        }
    }
}

using System.Collections.Frozen;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>
/// What makes a schema structural
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema): each
/// value has one type, junctors only validate, keys of lists are there. Every check looks at one node; the reader walks.
/// </summary>
internal static class StructuralChecks
{
    private static readonly FrozenSet<string> Forbidden = new[]
    {
        "definitions", "dependencies", "deprecated", "discriminator", "id", "patternProperties", "readOnly", "writeOnly", "xml", "$ref", "$schema",
        "additionalItems",
    }.ToFrozenSet();

    /// <summary>What may not stand inside allOf, anyOf, oneOf and not: there is only validation, no structure.</summary>
    private static readonly string[] NotInJunctors =
    [
        "description", "type", "default", "additionalProperties", "nullable", "title", "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type",
        "x-kubernetes-validations",
    ];

    /// <summary>Adds what is wrong with one node.</summary>
    /// <param name="schema">The node as written.</param>
    /// <param name="node">The node as read.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="isRoot">Whether it is the schema of whole objects.</param>
    /// <param name="errors">Receives the errors.</param>
    public static void Check(JsonObject schema, SchemaNode node, FieldPath path, bool isRoot, List<FieldError> errors)
    {
        CheckKeywords(schema, path, errors);
        CheckType(schema, path, node.PreserveUnknownFields, node.IntOrString, errors);
        CheckExtensions(node, schema, path, isRoot, errors);
        CheckJunctors(schema, node, path, depth: 0, errors);
    }

    private static void CheckKeywords(JsonObject schema, FieldPath path, List<FieldError> errors)
    {
        foreach (var (name, _) in schema)
        {
            if (Forbidden.Contains(name))
            {
                errors.Add(FieldErrors.Forbidden(path.Field(name), $"{name} is not supported in structural schemas"));
            }
        }

        if (schema.BooleanAt("uniqueItems") == true)
        {
            errors.Add(FieldErrors.Forbidden(path.Field("uniqueItems"), "uniqueItems cannot be set to true since the runtime complexity becomes quadratic: use x-kubernetes-list-type: set"));
        }

        if (schema["additionalProperties"] is not null && schema.ObjectAt("properties") is { Count: > 0 })
        {
            errors.Add(FieldErrors.Forbidden(path.Field("additionalProperties"), "additionalProperties and properties are mutual exclusive"));
        }
    }

    private static void CheckType(JsonObject schema, FieldPath path, bool preserve, bool intOrString, List<FieldError> errors)
    {
        switch (schema.TextAt("type"))
        {
            case null or "":
                if (!preserve && !intOrString)
                {
                    errors.Add(FieldErrors.Required(path.Field("type"), "must not be empty for specified object fields: say object, array, string, integer, number or boolean"));
                }

                break;
            case "array" when schema["items"] is not JsonObject:
                errors.Add(FieldErrors.Required(path.Field("items"), "must be specified for an array"));
                break;
            case "object" or "array" or "string" or "integer" or "number" or "boolean":
                if (intOrString)
                {
                    errors.Add(FieldErrors.Forbidden(path.Field("type"), "must be empty if x-kubernetes-int-or-string is true"));
                }

                break;
            case { } other:
                errors.Add(FieldErrors.NotSupported(path.Field("type"), other, ["\"array\"", "\"boolean\"", "\"integer\"", "\"number\"", "\"object\"", "\"string\""]));
                break;
        }
    }

    private static void CheckExtensions(SchemaNode node, JsonObject schema, FieldPath path, bool isRoot, List<FieldError> errors)
    {
        if (node.EmbeddedResource && node.Type != "object")
        {
            errors.Add(FieldErrors.Invalid(path.Field("type"), node.Type, "must be object if x-kubernetes-embedded-resource is true"));
        }

        if (node.MapType is not (null or "atomic" or "granular"))
        {
            errors.Add(FieldErrors.NotSupported(path.Field("x-kubernetes-map-type"), node.MapType, ["\"atomic\"", "\"granular\""]));
        }

        if (schema["properties"].At("metadata") is JsonObject metadata && (isRoot || node.EmbeddedResource))
        {
            CheckMetadata(metadata, path.Field("properties").Key("metadata"), errors);
        }

        CheckList(node, path, errors);
    }

    private static void CheckList(SchemaNode node, FieldPath path, List<FieldError> errors)
    {
        var type = path.Field("x-kubernetes-list-type");
        switch (node.ListType)
        {
            case null:
                if (node.ListMapKeys.Count > 0)
                {
                    errors.Add(FieldErrors.Forbidden(path.Field("x-kubernetes-list-map-keys"), "must be specified only with x-kubernetes-list-type: map"));
                }

                return;
            case "atomic" or "set" or "map" when node.Type != "array":
                errors.Add(FieldErrors.Invalid(type, node.ListType, "must be used only with arrays"));
                return;
            case "atomic":
                return;
            case "set":
                if (node.Items is { Type: "object", MapType: not "atomic" } or { Type: "array", ListType: not (null or "atomic") })
                {
                    errors.Add(FieldErrors.Invalid(path.Fields("items"), node.Items.Type, "items of a list of type set must be scalars or atomic"));
                }

                return;
            case "map":
                CheckKeys(node, path, errors);
                return;
            default:
                errors.Add(FieldErrors.NotSupported(type, node.ListType, ["\"atomic\"", "\"set\"", "\"map\""]));
                return;
        }
    }

    private static void CheckKeys(SchemaNode node, FieldPath path, List<FieldError> errors)
    {
        var keys = path.Field("x-kubernetes-list-map-keys");
        if (node.ListMapKeys.Count == 0)
        {
            errors.Add(FieldErrors.Required(keys, "must not be empty if x-kubernetes-list-type is map"));
        }

        if (node.Items is { Type: not "object" })
        {
            errors.Add(FieldErrors.Invalid(path.Fields("items", "type"), node.Items.Type, "must be object if parent array's x-kubernetes-list-type is map"));
        }

        for (var i = 0; i < node.ListMapKeys.Count; i++)
        {
            var name = node.ListMapKeys[i];
            var key = node.Items?.Properties.GetValueOrDefault(name);
            if (key is null)
            {
                errors.Add(FieldErrors.Invalid(keys.Index(i), name, "entries must all be names of item properties"));
            }
            else if (key.Type is "object" or "array")
            {
                errors.Add(FieldErrors.Invalid(path.Fields("items", "properties").Key(name).Field("type"), key.Type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
            }
            else if (key.Default is null && !node.Items!.Required.Contains(name))
            {
                errors.Add(FieldErrors.Required(path.Fields("items", "properties").Key(name).Field("default"), "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
            }
        }
    }

    private static void CheckMetadata(JsonObject metadata, FieldPath path, List<FieldError> errors)
    {
        foreach (var (name, _) in metadata)
        {
            if (name is not ("type" or "description" or "properties"))
            {
                errors.Add(FieldErrors.Forbidden(path.Field(name), "must not specify anything other than name and generateName, but metadata is implicitly specified"));
            }
        }

        foreach (var (name, _) in metadata.ObjectAt("properties") ?? [])
        {
            if (name is not ("name" or "generateName"))
            {
                errors.Add(FieldErrors.Forbidden(path.Field("properties").Key(name), "must not specify anything other than name and generateName, but metadata is implicitly specified"));
            }
        }
    }

    private static void CheckJunctors(JsonObject schema, SchemaNode node, FieldPath path, int depth, List<FieldError> errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["allOf", "anyOf", "oneOf"])
        {
            var index = 0;
            foreach (var alternative in schema.ObjectsAt(name))
            {
                CheckInJunctor(alternative, node, path.Field(name).Index(index++), node.IntOrString, depth, errors);
            }
        }

        if (schema["not"] is JsonObject not)
        {
            CheckInJunctor(not, node, path.Field("not"), node.IntOrString, depth, errors);
        }
    }

    private static void CheckInJunctor(JsonObject schema, SchemaNode structure, FieldPath path, bool intOrString, int depth, List<FieldError> errors)
    {
        if (depth > SchemaReader.MostDepth)
        {
            return;
        }

        foreach (var name in NotInJunctors)
        {
            // The one place where types may be named: anyOf: [{type: integer}, {type: string}].
            if (schema.ContainsKey(name) && !(name == "type" && intOrString))
            {
                errors.Add(FieldErrors.Forbidden(path.Field(name), "must be empty to be structural: it belongs outside of allOf, anyOf, oneOf and not"));
            }
        }

        foreach (var (name, property) in schema.ObjectAt("properties") ?? [])
        {
            var at = path.Field("properties").Key(name);
            var target = structure.Properties.GetValueOrDefault(name) ?? structure.AdditionalProperties;
            if (target is null && !structure.PreserveUnknownFields)
            {
                errors.Add(FieldErrors.Required(at, "must be specified outside of allOf, anyOf, oneOf and not as well"));
            }
            else if (property is JsonObject below)
            {
                CheckInJunctor(below, target ?? new SchemaNode { PreserveUnknownFields = true }, at, target?.IntOrString == true, depth + 1, errors);
            }
        }

        if (schema["items"] is JsonObject items)
        {
            CheckInJunctor(items, structure.Items ?? new SchemaNode { PreserveUnknownFields = true }, path.Field("items"), structure.Items?.IntOrString == true, depth + 1, errors);
        }

        foreach (var name in (ReadOnlySpan<string>)["allOf", "anyOf", "oneOf"])
        {
            var index = 0;
            foreach (var alternative in schema.ObjectsAt(name))
            {
                CheckInJunctor(alternative, structure, path.Field(name).Index(index++), intOrString, depth + 1, errors);
            }
        }

        if (schema["not"] is JsonObject not)
        {
            CheckInJunctor(not, structure, path.Field("not"), intOrString, depth + 1, errors);
        }
    }
}

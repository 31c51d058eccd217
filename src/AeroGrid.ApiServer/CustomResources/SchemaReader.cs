using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Schemas.Cel;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>
/// Turns the <c>openAPIV3Schema</c> of a CustomResourceDefinition into a schema tree, and finds everything in it that is not a structural
/// schema
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
/// One reader reads one schema.
/// </summary>
internal sealed class SchemaReader
{
    /// <summary>Deeper than this no person writes, and the walks over values are recursive.</summary>
    public const int MostDepth = 64;

    private static readonly ValueValidation Empty = new();

    private readonly List<FieldError> _errors = [];

    private SchemaReader()
    {
    }

    /// <summary>Reads a schema.</summary>
    /// <param name="schema">The value of <c>openAPIV3Schema</c>.</param>
    /// <param name="path">Where it is.</param>
    /// <returns>The tree without the fields that every object has, and what is wrong with it.</returns>
    public static (SchemaNode Root, IReadOnlyList<FieldError> Errors) Read(JsonObject schema, FieldPath path)
    {
        var reader = new SchemaReader();
        if (schema.TextAt("type") != "object")
        {
            reader._errors.Add(FieldErrors.Invalid(path.Field("type"), schema["type"], "must be object at the root"));
        }

        var root = reader.ReadNode(schema, path, depth: 0, isRoot: true);
        return (root, reader._errors);
    }

    private SchemaNode ReadNode(JsonNode? json, FieldPath path, int depth, bool isRoot = false, bool correlatable = true)
    {
        if (json is not JsonObject schema)
        {
            _errors.Add(FieldErrors.TypeInvalid(path, json, "object"));
            return new SchemaNode();
        }

        if (depth > MostDepth)
        {
            _errors.Add(FieldErrors.Forbidden(path, $"schemas may not be nested deeper than {MostDepth} levels"));
            return new SchemaNode();
        }

        var preserve = schema.BooleanAt("x-kubernetes-preserve-unknown-fields") == true;
        var embedded = schema.BooleanAt("x-kubernetes-embedded-resource") == true;
        var intOrString = schema.BooleanAt("x-kubernetes-int-or-string") == true;
        var properties = ReadProperties(schema, path, depth, correlatable);
        var items = schema.ContainsKey("items") ? ReadNode(schema["items"], path.Field("items"), depth + 1, isRoot: false, correlatable && schema.TextAt("x-kubernetes-list-type") == "map") : null;
        var node = new SchemaNode
        {
            Type = schema.TextAt("type"),
            Format = schema.TextAt("format"),
            Description = schema.TextAt("description"),
            Properties = properties,
            AdditionalProperties = ReadAdditional(schema, path, depth, correlatable),
            Items = items,
            Required = Texts(schema, "required", path),
            Nullable = schema.BooleanAt("nullable") == true,
            PreserveUnknownFields = preserve,
            EmbeddedResource = embedded,
            IntOrString = intOrString,
            ListType = schema.TextAt("x-kubernetes-list-type"),
            ListMapKeys = Texts(schema, "x-kubernetes-list-map-keys", path),
            MapType = schema.TextAt("x-kubernetes-map-type"),
            Validation = ReadValidation(schema, path, depth),
        };
        StructuralChecks.Check(schema, node, path, isRoot, _errors);
        var rules = CelRuleReader.Read(schema, node, path, isRoot || embedded, correlatable, _errors);
        var below = properties.Values.Any(p => p.HasRules) || items?.HasRules == true || node.AdditionalProperties?.HasRules == true;
        return ReadDefault(schema, node with { Rules = rules, HasRules = rules.Count > 0 || below }, path);
    }

    private FrozenDictionary<string, SchemaNode> ReadProperties(JsonObject schema, FieldPath path, int depth, bool correlatable)
    {
        var result = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        foreach (var (name, property) in schema.ObjectAt("properties") ?? [])
        {
            result[name] = ReadNode(property, path.Field("properties").Key(name), depth + 1, isRoot: false, correlatable);
        }

        return result.Count == 0 ? FrozenDictionary<string, SchemaNode>.Empty : result.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private SchemaNode? ReadAdditional(JsonObject schema, FieldPath path, int depth, bool correlatable)
    {
        switch (schema["additionalProperties"])
        {
            case null:
                return null;
            case JsonObject below:
                return ReadNode(below, path.Field("additionalProperties"), depth + 1, isRoot: false, correlatable);
            case JsonValue value when value.GetValueKind() == JsonValueKind.True:
                return new SchemaNode { PreserveUnknownFields = true, Nullable = true };
            default:
                _errors.Add(FieldErrors.Forbidden(path.Field("additionalProperties"), "must not be used to forbid fields: fields that are not specified are dropped anyway"));
                return null;
        }
    }

    private ValueValidation? ReadValidation(JsonObject schema, FieldPath path, int depth)
    {
        var validation = new ValueValidation
        {
            Enum = schema.ArrayAt("enum") is { } values ? [.. values.Select(v => v?.DeepClone())] : [],
            MinLength = schema.IntegerAt("minLength"),
            MaxLength = schema.IntegerAt("maxLength"),
            MinItems = schema.IntegerAt("minItems"),
            MaxItems = schema.IntegerAt("maxItems"),
            MinProperties = schema.IntegerAt("minProperties"),
            MaxProperties = schema.IntegerAt("maxProperties"),
            Minimum = schema["minimum"].AsDouble(),
            Maximum = schema["maximum"].AsDouble(),
            ExclusiveMinimum = schema.BooleanAt("exclusiveMinimum") == true,
            ExclusiveMaximum = schema.BooleanAt("exclusiveMaximum") == true,
            MultipleOf = schema["multipleOf"].AsDouble(),
            Pattern = ReadPattern(schema, path),
            PatternText = schema.TextAt("pattern"),
            AllOf = ReadJunctor(schema, "allOf", path, depth),
            AnyOf = ReadJunctor(schema, "anyOf", path, depth),
            OneOf = ReadJunctor(schema, "oneOf", path, depth),
            Not = schema["not"] is JsonObject not ? ReadInJunctor(not, path.Field("not"), depth + 1) : null,
        };
        return IsEmpty(validation) ? null : validation;
    }

    private static bool IsEmpty(ValueValidation v) =>
        v with { Enum = Empty.Enum, AllOf = Empty.AllOf, AnyOf = Empty.AnyOf, OneOf = Empty.OneOf } == Empty
        && v.Enum.Count + v.AllOf.Count + v.AnyOf.Count + v.OneOf.Count == 0;

    private System.Text.RegularExpressions.Regex? ReadPattern(JsonObject schema, FieldPath path)
    {
        if (schema.TextAt("pattern") is not { Length: > 0 } pattern)
        {
            return null;
        }

        try
        {
            return GoRegex.Compile(pattern);
        }
        catch (ArgumentException e)
        {
            _errors.Add(FieldErrors.Invalid(path.Field("pattern"), pattern, $"must be a valid regular expression, but isn't: {e.Message}"));
            return null;
        }
    }

    private IReadOnlyList<SchemaNode> ReadJunctor(JsonObject schema, string name, FieldPath path, int depth) =>
        schema.ArrayAt(name) is { } alternatives
            ? [.. alternatives.Select((a, i) => a is JsonObject alternative ? ReadInJunctor(alternative, path.Field(name).Index(i), depth + 1) : new SchemaNode())]
            : [];

    /// <summary>Reads a schema that only validates.</summary>
    private SchemaNode ReadInJunctor(JsonObject schema, FieldPath path, int depth)
    {
        if (depth > MostDepth)
        {
            _errors.Add(FieldErrors.Forbidden(path, $"schemas may not be nested deeper than {MostDepth} levels"));
            return new SchemaNode();
        }

        var properties = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        foreach (var (name, property) in schema.ObjectAt("properties") ?? [])
        {
            properties[name] = property is JsonObject below ? ReadInJunctor(below, path.Field("properties").Key(name), depth + 1) : new SchemaNode();
        }

        return new SchemaNode
        {
            // Allowed for int-or-string only; checked by CheckJunctors.
            Type = schema.TextAt("type"),
            Format = schema.TextAt("format"),
            Nullable = true,
            Properties = properties,
            Items = schema["items"] is JsonObject items ? ReadInJunctor(items, path.Field("items"), depth + 1) : null,
            Required = Texts(schema, "required", path),
            Validation = ReadValidation(schema, path, depth),
        };
    }

    private SchemaNode ReadDefault(JsonObject schema, SchemaNode node, FieldPath path)
    {
        if (!schema.TryGetPropertyValue("default", out var value) || value is null)
        {
            return node;
        }

        var copy = value.DeepClone();
        var unknown = new List<string>();
        Pruning.Prune(node, copy, FieldPath.Root, unknown);
        foreach (var name in unknown)
        {
            _errors.Add(FieldErrors.Invalid(path.Field("default"), value, $"must not have unknown fields: {name}"));
        }

        Defaulting.Apply(node, copy);
        SchemaValidator.Validate(node, copy, path.Field("default"), _errors);
        return node with { Default = copy };
    }

    private string[] Texts(JsonObject schema, string name, FieldPath path)
    {
        if (schema.ArrayAt(name) is not { } array)
        {
            return [];
        }

        if (array.Any(v => v.AsText() is null))
        {
            _errors.Add(FieldErrors.Invalid(path.Field(name), array, "must be a list of texts"));
        }

        return [.. array.Select(v => v.AsText()).OfType<string>()];
    }
}

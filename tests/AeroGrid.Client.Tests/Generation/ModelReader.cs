using System.Text.Json.Nodes;

namespace AeroGrid.Client.Tests.Generation;

/// <summary>A class to generate.</summary>
internal sealed record Model(string Name, string Description, List<ModelProperty> Properties, ModelRole Role)
{
    /// <summary>Of a kind: <c>aerogrid.io/v1alpha1</c>. Of its list: the name of its items' class.</summary>
    public string? Detail { get; init; }
}

internal enum ModelRole
{
    Part,
    Kind,
    List,
}

/// <summary>A property to generate.</summary>
internal sealed record ModelProperty(string JsonName, string Type, string Description, bool Required, bool IsCollection, bool IsQuantity);

/// <summary>An enumeration to generate.</summary>
internal sealed record ModelEnum(string Name, string Description, List<string> Values);

/// <summary>
/// Finds names that a C# developer expects for the schemas of the document: <c>io.aerogrid.v1alpha1.App</c> is App, its nameless <c>spec</c> is
/// AppSpec, an item of <c>spec.files</c> is AppFile. Schemas that mean the same in several kinds have one name.
/// </summary>
internal sealed class ModelReader
{
    /// <summary>Properties whose schema is the same thing wherever it is.</summary>
    private static readonly Dictionary<string, string> SharedNames = new(StringComparer.Ordinal)
    {
        ["env"] = "EnvironmentVariable",
        ["valueFrom"] = "EnvironmentVariableSource",
        ["secretKeyRef"] = "SecretKeyReference",
        ["configMapRef"] = "ConfigMapReference",
        ["limits"] = "ComputeResources",
        ["requests"] = "ComputeResources",
        ["conditions"] = "Condition",
    };

    private readonly JsonObject _schemas;
    private readonly SortedDictionary<string, Model> _models = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ModelEnum> _enums = new(StringComparer.Ordinal);

    public ModelReader(JsonObject document)
    {
        _schemas = document["components"]!["schemas"]!.AsObject();
        foreach (var (name, schema) in _schemas)
        {
            if (name.StartsWith("io.aerogrid.", StringComparison.Ordinal) || name.EndsWith(".Scale", StringComparison.Ordinal))
            {
                ReadNamed(name, schema!.AsObject());
            }
        }
    }

    public IEnumerable<Model> Models => _models.Values;

    public IEnumerable<ModelEnum> Enums => _enums.Values;

    /// <summary>The last part of a schema's name is the class.</summary>
    public static string ClassOf(string schema) => schema.Split('.')[^1];

    private string ReadNamed(string schemaName, JsonObject schema)
    {
        var name = ClassOf(schemaName);
        if (_models.ContainsKey(name))
        {
            return name;
        }

        var isList = name.EndsWith("List", StringComparison.Ordinal);
        var isKind = !isList && schemaName.StartsWith("io.aerogrid.", StringComparison.Ordinal);
        ReadObject(name, name, schema, isList ? ModelRole.List : isKind ? ModelRole.Kind : ModelRole.Part, isList ? name[..^4] : GroupVersion(schema));
        return name;
    }

    private static string? GroupVersion(JsonObject schema) => (schema["x-kubernetes-group-version-kind"] as JsonArray)?[0] is { } kind ? $"{kind["group"]}/{kind["version"]}" : null;

    private void ReadObject(string name, string kind, JsonObject schema, ModelRole role, string? detail)
    {
        var properties = new List<ModelProperty>();
        var model = new Model(name, Text(schema), properties, role) { Detail = detail };
        if (_models.TryGetValue(name, out var known))
        {
            // Two schemas of one name must be the same thing.
            var fields = schema["properties"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal);
            known.Properties.Select(p => p.JsonName).Order(StringComparer.Ordinal).ShouldBe(fields, $"two schemas would be called {name}: give one a name of its own in {nameof(SharedNames)}");
            return;
        }

        _models.Add(name, model);
        var required = (schema["required"] as JsonArray ?? []).Select(r => (string)r!).ToHashSet();
        foreach (var (property, value) in schema["properties"]?.AsObject() ?? [])
        {
            var (type, collection, quantity) = TypeOf(value!.AsObject(), property, kind, name);
            properties.Add(new ModelProperty(property, type, Text(value.AsObject()), required.Contains(property), collection, quantity));
        }
    }

    private (string Type, bool IsCollection, bool IsQuantity) TypeOf(JsonObject schema, string property, string kind, string owner)
    {
        var reference = (string?)schema["$ref"] ?? (string?)(schema["allOf"] as JsonArray)?[0]!["$ref"];
        if (reference?.Split('/')[^1] is { } referred)
        {
            return (ReadNamed(referred, _schemas[referred]!.AsObject()), false, false);
        }

        if ((bool?)schema["x-kubernetes-int-or-string"] == true)
        {
            return ("string", false, true);
        }

        if (schema["enum"] is JsonArray values)
        {
            var name = (SharedNames.ContainsValue(owner) ? owner : kind) + Capital(property);
            _enums[name] = new ModelEnum(name, Text(schema), [.. values.Select(v => (string)v!)]);
            return (name, false, false);
        }

        switch ((string?)schema["type"], (string?)schema["format"])
        {
            case ("string", "date-time"):
                return ("DateTimeOffset", false, false);
            case ("string", _):
                return ("string", false, false);
            case ("boolean", _):
                return ("bool", false, false);
            case ("integer", "int32"):
                return ("int", false, false);
            case ("integer", _):
                return ("long", false, false);
            case ("array", _):
                return ($"IList<{TypeOf(schema["items"]!.AsObject(), property, kind, owner).Type}>", true, false);
            case ("object", _) when schema["additionalProperties"] is JsonObject value:
                return ($"IDictionary<string, {TypeOf(value, property, kind, owner).Type}>", true, false);
            case ("object", _) when schema["properties"] is not null:
                var name = SharedNames.GetValueOrDefault(property) ?? kind + Capital(Singular(property));
                ReadObject(name, kind, schema, ModelRole.Part, null);
                return (name, false, false);
            default:
                return ("JsonElement", false, false);
        }
    }

    public static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Singular(string text) =>
        text.EndsWith('s') && text is not ("status" or "resources") ? text[..^1] : text;

    private static string Text(JsonObject schema) => (string?)schema["description"] ?? "";
}

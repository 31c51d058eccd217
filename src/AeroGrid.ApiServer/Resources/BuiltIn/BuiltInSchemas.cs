using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn;

/// <summary>
/// Schemas of the built-in kinds from two embedded files: <c>builtin-schemas.json</c> (shapes, generated from the models of the Kubernetes
/// client by the tests' BuiltInSchemaGenerator) and <c>builtin-rules.json</c> (merge keys, defaults, required fields, enumerations; by
/// hand). A definition becomes a node when it is first asked for and is then shared by all kinds. Thread-safe.
/// </summary>
internal static class BuiltInSchemas
{
    private static readonly Lazy<JsonDocument> Shapes = new(() => Read("builtin-schemas.json"));
    private static readonly Lazy<JsonDocument> Rules = new(() => Read("builtin-rules.json"));
    private static readonly ConcurrentDictionary<string, SchemaNode> Made = new(StringComparer.Ordinal);

    /// <summary>Schema of <c>metadata</c> of every kind.</summary>
    public static SchemaNode ObjectMeta => Get("V1ObjectMeta");

    /// <summary>The definition of a name such as <c>V1PodSpec</c>.</summary>
    public static SchemaNode Get(string definition) =>
        // Two threads may make the same node; the first one stays, so that equal names are the same instance.
        Made.TryGetValue(definition, out var node) ? node : Made.GetOrAdd(definition, Make(definition));

    /// <summary>The names of all definitions.</summary>
    public static IEnumerable<string> All => Shapes.Value.RootElement.EnumerateObject().Select(d => d.Name);

    /// <summary>Definitions by the name that OpenAPI has for them, such as <c>io.k8s.api.core.v1.PodSpec</c>.</summary>
    public static FrozenDictionary<string, string> DefinitionsByName =>
        Shapes.Value.RootElement.EnumerateObject().ToFrozenDictionary(d => d.Value.GetProperty("name").GetString()!, d => d.Name);

    /// <summary>Types of the fields of a definition, as the file has them.</summary>
    public static JsonElement ShapeOf(string definition) => Shapes.Value.RootElement.GetProperty(definition).GetProperty("fields");

    /// <summary>A stream over one of the embedded files.</summary>
    public static Stream Open(string file) =>
        typeof(BuiltInSchemas).Assembly.GetManifestResourceStream(file)
        ?? throw new InvalidOperationException($"The assembly lacks its embedded file {file}.");

    private static JsonDocument Read(string file)
    {
        using var stream = Open(file);
        return JsonDocument.Parse(stream);
    }

    private static SchemaNode Make(string definition)
    {
        var shape = Shapes.Value.RootElement.GetProperty(definition);
        var rules = Rules.Value.RootElement.TryGetProperty(definition, out var found) ? found : default;
        var properties = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        var required = new List<string>();
        foreach (var field in shape.GetProperty("fields").EnumerateObject())
        {
            var expression = field.Value.GetString()!;
            var node = Parse(expression.TrimEnd('!'));
            if (expression.EndsWith('!'))
            {
                required.Add(field.Name);
            }

            if (rules.ValueKind == JsonValueKind.Object && rules.TryGetProperty(field.Name, out var rule))
            {
                node = Refine(node, rule);
                if (rule.TryGetProperty("required", out var isRequired) && isRequired.GetBoolean() && !required.Contains(field.Name))
                {
                    required.Add(field.Name);
                }
            }

            properties[field.Name] = node;
        }

        var made = new SchemaNode
        {
            Name = shape.GetProperty("name").GetString(),
            Type = "object",
            Properties = properties.ToFrozenDictionary(StringComparer.Ordinal),
            Required = required,
        };
        return rules.ValueKind == JsonValueKind.Object && rules.TryGetProperty("", out var own) ? Refine(made, own) : made;
    }

    private static SchemaNode Parse(string expression) => expression switch
    {
        "string" => Scalars.Text,
        "boolean" => Scalars.Boolean,
        "int32" => Scalars.Int32,
        "int64" => Scalars.Int64,
        "double" => Scalars.Double,
        "time" => Scalars.Time,
        "bytes" => Scalars.Bytes,
        "quantity" => Scalars.Quantity,
        "int-or-string" => Scalars.IntOrString,
        "any" => Scalars.Any,
        _ when expression.StartsWith("[]", StringComparison.Ordinal) => new SchemaNode { Type = "array", Items = Parse(expression[2..]) },
        _ when expression.StartsWith("{}", StringComparison.Ordinal) => new SchemaNode { Type = "object", AdditionalProperties = Parse(expression[2..]) },
        _ => Get(expression),
    };

    /// <summary>Applies one entry of the rules file.</summary>
    private static SchemaNode Refine(SchemaNode node, JsonElement rule)
    {
        foreach (var entry in rule.EnumerateObject())
        {
            node = entry.Name switch
            {
                "required" => node,
                "default" => node with { Default = JsonNode.Parse(entry.Value.GetRawText()) },
                "keys" => node with { ListType = "map", ListMapKeys = Texts(entry.Value) },
                "list" => node with { ListType = entry.Value.GetString() },
                "map" => node with { MapType = entry.Value.GetString() },
                "merge" => node with { PatchMergeKey = entry.Value.GetString(), PatchStrategy = node.PatchStrategy ?? "merge" },
                "strategy" => node with { PatchStrategy = entry.Value.GetString() },
                "preserve" => node with { PreserveUnknownFields = entry.Value.GetBoolean() },
                "format" => node with { Format = entry.Value.GetString() },
                "enum" => Validated(node, v => v with { Enum = [.. Texts(entry.Value).Select(t => (JsonNode?)JsonValue.Create(t))] }),
                "min" => Validated(node, v => v with { Minimum = entry.Value.GetDouble() }),
                "max" => Validated(node, v => v with { Maximum = entry.Value.GetDouble() }),
                "minItems" => Validated(node, v => v with { MinItems = entry.Value.GetInt64() }),
                "maxItems" => Validated(node, v => v with { MaxItems = entry.Value.GetInt64() }),
                "minLength" => Validated(node, v => v with { MinLength = entry.Value.GetInt64() }),
                _ => throw new InvalidOperationException($"builtin-rules.json: unknown rule {entry.Name}"),
            };
        }

        return node;
    }

    private static SchemaNode Validated(SchemaNode node, Func<ValueValidation, ValueValidation> change) =>
        node with { Validation = change(node.Validation ?? new ValueValidation()) };

    private static string[] Texts(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString()!)];

    private static class Scalars
    {
        public static readonly SchemaNode Text = new() { Type = "string" };
        public static readonly SchemaNode Boolean = new() { Type = "boolean" };
        public static readonly SchemaNode Int32 = new() { Type = "integer", Format = "int32" };
        public static readonly SchemaNode Int64 = new() { Type = "integer", Format = "int64" };
        public static readonly SchemaNode Double = new() { Type = "number", Format = "double" };
        public static readonly SchemaNode Time = new() { Type = "string", Format = "date-time" };
        public static readonly SchemaNode Bytes = new() { Type = "string", Format = "byte" };

        // A quantity may be written as a JSON number.
        public static readonly SchemaNode Quantity = new() { Name = "io.k8s.apimachinery.pkg.api.resource.Quantity", Format = "quantity" };
        public static readonly SchemaNode IntOrString = new() { Name = "io.k8s.apimachinery.pkg.util.intstr.IntOrString", IntOrString = true, Format = "int-or-string" };
        public static readonly SchemaNode Any = new() { PreserveUnknownFields = true, Nullable = true, MapType = "atomic" };
    }
}

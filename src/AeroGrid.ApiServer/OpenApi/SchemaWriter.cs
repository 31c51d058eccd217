using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.OpenApi;

/// <summary>
/// Writes schema trees as OpenAPI schemas. Named nodes become references; the names that were referred to are collected, so that their
/// definitions can be written afterwards. Not thread-safe.
/// </summary>
internal sealed class SchemaWriter(Utf8JsonWriter writer, OpenApiDialect dialect, DescriptionCatalog descriptions)
{
    private readonly Dictionary<string, SchemaNode> _referred = new(StringComparer.Ordinal);
    private readonly Queue<SchemaNode> _pending = new();

    /// <summary>Notes a definition that is written elsewhere.</summary>
    public void MarkWritten(string name, SchemaNode node) => _referred.TryAdd(name, node);

    /// <summary>Path of a definition.</summary>
    public string Reference(string name) => dialect == OpenApiDialect.V3 ? $"#/components/schemas/{name}" : $"#/definitions/{name}";

    /// <summary>Writes a reference to a named node and sees to its definition being written.</summary>
    public void WriteReference(SchemaNode node)
    {
        if (_referred.TryAdd(node.Name!, node))
        {
            _pending.Enqueue(node);
        }

        writer.WriteString("$ref", Reference(node.Name!));
    }

    /// <summary>Writes the definitions of all names that were referred to, as properties of the object that is open.</summary>
    public void WritePending()
    {
        while (_pending.TryDequeue(out var node))
        {
            writer.WriteStartObject(node.Name!);
            WriteBody(node, node.Name, descriptions.Find(node.Name, "") ?? node.Description);
            writer.WriteEndObject();
        }
    }

    /// <summary>Writes the keywords of a node into the object that is open.</summary>
    /// <param name="node">The node.</param>
    /// <param name="owner">Name of the definition in whose texts the properties are described.</param>
    /// <param name="description">Text of the node.</param>
    public void WriteBody(SchemaNode node, string? owner, string? description)
    {
        if (description is not null)
        {
            writer.WriteString("description", description);
        }

        WriteType(node);
        if (node.Properties.Count > 0)
        {
            writer.WriteStartObject("properties");
            foreach (var (name, property) in node.Properties.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                writer.WriteStartObject(name);
                WriteNode(property, descriptions.Find(owner, name) ?? property.Description);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        if (node.AdditionalProperties is { } additional)
        {
            writer.WriteStartObject("additionalProperties");
            WriteNode(additional, additional.Description);
            writer.WriteEndObject();
        }

        if (node.Items is { } items)
        {
            writer.WriteStartObject("items");
            WriteNode(items, items.Description);
            writer.WriteEndObject();
        }

        WriteTexts("required", node.Required);
        if (node.Validation is { } validation)
        {
            WriteValidation(validation);
        }

        WriteExtensions(node);
    }

    private void WriteNode(SchemaNode node, string? description)
    {
        if (node.Name is null)
        {
            WriteBody(node, owner: null, description);
            WriteDefault(node);
            return;
        }

        if (description is not null)
        {
            writer.WriteString("description", description);
        }

        // OpenAPI 3.0 ignores what stands beside a reference, hence allOf, as Kubernetes writes it.
        if (dialect == OpenApiDialect.V3 && (description is not null || node.Default is not null))
        {
            writer.WriteStartArray("allOf");
            writer.WriteStartObject();
            WriteReference(node);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        else
        {
            WriteReference(node);
        }

        WriteDefault(node);
        WritePatchExtensions(node);
    }

    private void WriteType(SchemaNode node)
    {
        if (node.IntOrString)
        {
            writer.WriteBoolean("x-kubernetes-int-or-string", true);
            if (dialect == OpenApiDialect.V3)
            {
                WriteOneOfTypes("integer", "string");
            }
            else if (node.Name is not null)
            {
                writer.WriteString("type", "string");
            }

            writer.WriteString("format", "int-or-string");
            return;
        }

        if (node is { Type: null, Format: "quantity" })
        {
            if (dialect == OpenApiDialect.V3)
            {
                WriteOneOfTypes("string", "number");
            }
            else
            {
                writer.WriteString("type", "string");
            }

            return;
        }

        if (node.Type is { } type)
        {
            writer.WriteString("type", type);
        }

        if (node.Format is { } format)
        {
            writer.WriteString("format", format);
        }

        if (node.Nullable && node.Type is not null)
        {
            writer.WriteBoolean(dialect == OpenApiDialect.V3 ? "nullable" : "x-nullable", true);
        }
    }

    private void WriteOneOfTypes(params ReadOnlySpan<string> types)
    {
        writer.WriteStartArray("oneOf");
        foreach (var type in types)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteDefault(SchemaNode node)
    {
        if (node.Default is { } value)
        {
            writer.WritePropertyName("default");
            value.WriteTo(writer);
        }
    }

    private void WriteValidation(ValueValidation validation)
    {
        if (validation.Enum.Count > 0)
        {
            writer.WriteStartArray("enum");
            foreach (var value in validation.Enum)
            {
                WriteValue(value);
            }

            writer.WriteEndArray();
        }

        if (validation.Pattern is not null)
        {
            writer.WriteString("pattern", validation.PatternText ?? validation.Pattern.ToString());
        }

        WriteNumber("minLength", validation.MinLength);
        WriteNumber("maxLength", validation.MaxLength);
        WriteNumber("minItems", validation.MinItems);
        WriteNumber("maxItems", validation.MaxItems);
        WriteNumber("minProperties", validation.MinProperties);
        WriteNumber("maxProperties", validation.MaxProperties);
        WriteNumber("minimum", validation.Minimum);
        WriteNumber("maximum", validation.Maximum);
        WriteNumber("multipleOf", validation.MultipleOf);
        if (validation.ExclusiveMinimum)
        {
            writer.WriteBoolean("exclusiveMinimum", true);
        }

        if (validation.ExclusiveMaximum)
        {
            writer.WriteBoolean("exclusiveMaximum", true);
        }

        // Version 2 has no anyOf, oneOf and not; clients that check before sending must not take allOf alone for the whole.
        if (dialect == OpenApiDialect.V3)
        {
            WriteJunctor("allOf", validation.AllOf);
            WriteJunctor("anyOf", validation.AnyOf);
            WriteJunctor("oneOf", validation.OneOf);
            if (validation.Not is { } not)
            {
                writer.WriteStartObject("not");
                WriteBody(not, owner: null, not.Description);
                writer.WriteEndObject();
            }
        }
    }

    private void WriteJunctor(string name, IReadOnlyList<SchemaNode> alternatives)
    {
        if (alternatives.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var alternative in alternatives)
        {
            writer.WriteStartObject();
            WriteBody(alternative with { Nullable = false }, owner: null, alternative.Description);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteExtensions(SchemaNode node)
    {
        if (node.PreserveUnknownFields && node.Type is not null)
        {
            writer.WriteBoolean("x-kubernetes-preserve-unknown-fields", true);
        }

        if (node.EmbeddedResource)
        {
            writer.WriteBoolean("x-kubernetes-embedded-resource", true);
        }

        if (node.ListType is not null)
        {
            writer.WriteString("x-kubernetes-list-type", node.ListType);
        }
        else if (node.Type == "array")
        {
            writer.WriteString("x-kubernetes-list-type", "atomic");
        }

        WriteTexts("x-kubernetes-list-map-keys", node.ListMapKeys);
        if (node.MapType is not null && node.Type == "object")
        {
            writer.WriteString("x-kubernetes-map-type", node.MapType);
        }

        if (node.Name is null)
        {
            WritePatchExtensions(node);
        }
    }

    private void WritePatchExtensions(SchemaNode node)
    {
        if (node.PatchMergeKey is not null)
        {
            writer.WriteString("x-kubernetes-patch-merge-key", node.PatchMergeKey);
        }

        if (node.PatchStrategy is not null)
        {
            writer.WriteString("x-kubernetes-patch-strategy", node.PatchStrategy);
        }
    }

    private void WriteTexts(string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private void WriteNumber(string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private void WriteNumber(string name, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private void WriteValue(JsonNode? value)
    {
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }
}

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Resources.BuiltIn;

namespace AeroGrid.ApiServer.OpenApi;

/// <summary>Makes OpenAPI documents (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition). Stateless.</summary>
internal static class OpenApiDocuments
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The document of one group version, or with version 2 of all of them.</summary>
    /// <param name="dialect">The form.</param>
    /// <param name="definitions">The resources.</param>
    public static ReadOnlyMemory<byte> Make(OpenApiDialect dialect, IReadOnlyList<ResourceDefinition> definitions)
    {
        var buffer = new ArrayBufferWriter<byte>(256 * 1024);
        using var descriptions = DescriptionCatalog.Read();
        using var writer = new Utf8JsonWriter(buffer, Compact);
        var schemas = new SchemaWriter(writer, dialect, descriptions);
        writer.WriteStartObject();
        writer.WriteString(dialect == OpenApiDialect.V3 ? "openapi" : "swagger", dialect == OpenApiDialect.V3 ? "3.0.0" : "2.0");
        writer.WriteStartObject("info");
        writer.WriteString("title", "Kubernetes");
        writer.WriteString("version", "v1.33.0");
        writer.WriteEndObject();

        writer.WriteStartObject("paths");
        var paths = new PathWriter(writer, dialect, schemas.Reference);
        foreach (var definition in definitions)
        {
            paths.Write(definition);
        }

        writer.WriteEndObject();
        if (dialect == OpenApiDialect.V3)
        {
            writer.WriteStartObject("components");
            WriteDefinitions(writer, "schemas", schemas, descriptions, definitions);
            writer.WriteStartObject("securitySchemes");
            WriteBearer(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        else
        {
            WriteDefinitions(writer, "definitions", schemas, descriptions, definitions);
            writer.WriteStartObject("securityDefinitions");
            WriteBearer(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteDefinitions(
        Utf8JsonWriter writer, string property, SchemaWriter schemas, DescriptionCatalog descriptions, IReadOnlyList<ResourceDefinition> definitions)
    {
        writer.WriteStartObject(property);
        foreach (var definition in definitions)
        {
            WriteKind(writer, schemas, descriptions, definition);
            if (definition.Verbs.Contains("list"))
            {
                WriteList(writer, schemas, definition);
            }
        }

        WriteShared(writer, schemas, descriptions);
        schemas.WritePending();
        writer.WriteEndObject();
    }

    private static void WriteKind(Utf8JsonWriter writer, SchemaWriter schemas, DescriptionCatalog descriptions, ResourceDefinition definition)
    {
        var name = OpenApiNames.Definition(definition);
        var root = definition.Schema.Root!;
        schemas.MarkWritten(name, root);
        writer.WriteStartObject(name);
        schemas.WriteBody(root, name, descriptions.Find(name, "") ?? root.Description);
        WriteGroupVersionKind(writer, definition.Group, definition.Version, definition.Kind);
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, SchemaWriter schemas, ResourceDefinition definition)
    {
        writer.WriteStartObject(OpenApiNames.List(definition));
        writer.WriteString("description", $"{definition.ListKind} is a list of {definition.Kind}");
        writer.WriteString("type", "object");
        writer.WriteStartArray("required");
        writer.WriteStringValue("items");
        writer.WriteEndArray();
        writer.WriteStartObject("properties");
        WriteText(writer, "apiVersion");
        WriteText(writer, "kind");
        writer.WriteStartObject("metadata");
        writer.WriteString("$ref", schemas.Reference(OpenApiNames.ListMeta));
        writer.WriteEndObject();
        writer.WriteStartObject("items");
        writer.WriteString("description", $"List of {definition.Plural}.");
        writer.WriteString("type", "array");
        writer.WriteStartObject("items");
        writer.WriteString("$ref", schemas.Reference(OpenApiNames.Definition(definition)));
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        WriteGroupVersionKind(writer, definition.Group, definition.Version, definition.ListKind);
        writer.WriteEndObject();
    }

    /// <summary>What operations of every group refer to.</summary>
    private static void WriteShared(Utf8JsonWriter writer, SchemaWriter schemas, DescriptionCatalog descriptions)
    {
        foreach (var definition in (ReadOnlySpan<string>)["V1DeleteOptions", "V1ListMeta", "V1Status", "V1Scale"])
        {
            var node = BuiltInSchemas.Get(definition);
            schemas.MarkWritten(node.Name!, node);
            writer.WriteStartObject(node.Name!);
            schemas.WriteBody(node, node.Name, descriptions.Find(node.Name, "") ?? node.Description);
            if (definition == "V1Scale")
            {
                WriteGroupVersionKind(writer, "autoscaling", "v1", "Scale");
            }

            writer.WriteEndObject();
        }

        writer.WriteStartObject(OpenApiNames.Patch);
        writer.WriteString("description", "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.");
        writer.WriteString("type", "object");
        writer.WriteEndObject();
    }

    private static void WriteGroupVersionKind(Utf8JsonWriter writer, string group, string version, string kind)
    {
        writer.WriteStartArray("x-kubernetes-group-version-kind");
        writer.WriteStartObject();
        writer.WriteString("group", group);
        writer.WriteString("version", version);
        writer.WriteString("kind", kind);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter writer, string name)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", "string");
        writer.WriteEndObject();
    }

    private static void WriteBearer(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("BearerToken");
        writer.WriteString("type", "apiKey");
        writer.WriteString("in", "header");
        writer.WriteString("name", "authorization");
        writer.WriteString("description", "Bearer Token authentication");
        writer.WriteEndObject();
    }
}

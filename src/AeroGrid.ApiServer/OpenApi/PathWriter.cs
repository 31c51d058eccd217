using System.Text.Json;
using AeroGrid.ApiServer.Discovery;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.OpenApi;

/// <summary>
/// Writes the URLs of a resource with their operations: what generators of clients need, and what kubectl looks at to learn that the server
/// validates fields (<c>fieldValidation</c>). Not thread-safe.
/// </summary>
internal sealed class PathWriter(Utf8JsonWriter writer, OpenApiDialect dialect, Func<string, string> reference)
{
    private const string Json = "application/json";

    /// <summary>kubectl sends strategic merge patches wherever they are listed.</summary>
    private static readonly string[] BuiltInPatchTypes =
        ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];

    private static readonly string[] CustomPatchTypes = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];

    private static readonly (string Name, string Type, string Text)[] ListParameters =
    [
        ("allowWatchBookmarks", "boolean", "allowWatchBookmarks requests watch events with type \"BOOKMARK\"."),
        ("continue", "string", "The continue option should be set when retrieving more results from the server."),
        ("fieldSelector", "string", "A selector to restrict the list of returned objects by their fields."),
        ("labelSelector", "string", "A selector to restrict the list of returned objects by their labels."),
        ("limit", "integer", "limit is a maximum number of responses to return for a list call."),
        ("resourceVersion", "string", "resourceVersion sets a constraint on what resource versions a request may be served from."),
        ("resourceVersionMatch", "string", "resourceVersionMatch determines how resourceVersion is applied to list calls."),
        ("sendInitialEvents", "boolean", "sendInitialEvents asks for synthetic events of all existing objects at the beginning of a watch."),
        ("timeoutSeconds", "integer", "Timeout for the list/watch call."),
        ("watch", "boolean", "Watch for changes to the described resources and return them as a stream of add, update, and remove notifications."),
    ];

    private static readonly (string Name, string Type, string Text)[] WriteParameters =
    [
        ("dryRun", "string", "When present, indicates that modifications should not be persisted; the only value is All."),
        ("fieldManager", "string", "fieldManager is a name associated with the actor or entity that is making these changes."),
        ("fieldValidation", "string", "fieldValidation says what happens to unknown or duplicate fields: Ignore, Warn (default) or Strict."),
    ];

    private static readonly (string Name, string Type, string Text)[] DeleteParameters =
    [
        ("dryRun", "string", "When present, indicates that modifications should not be persisted; the only value is All."),
        ("gracePeriodSeconds", "integer", "The duration in seconds before the object should be deleted."),
        ("orphanDependents", "boolean", "Deprecated: use propagationPolicy."),
        ("propagationPolicy", "string", "Whether and how garbage collection will be performed: Orphan, Background or Foreground."),
    ];

    private static readonly (string Name, string Type, string Text) Force =
        ("force", "boolean", "Force is going to \"force\" Apply requests. It means user will re-acquire conflicting fields owned by other people.");

    private static readonly (string Name, string Type, string Text) Pretty =
        ("pretty", "string", "If 'true', then the output is pretty printed.");

    /// <summary>Writes all paths of a definition as properties of the object that is open.</summary>
    public void Write(ResourceDefinition definition)
    {
        var root = definition.Group.Length == 0 ? $"/api/{definition.Version}" : $"/apis/{definition.Group}/{definition.Version}";
        var collection = $"{root}/{(definition.Namespaced ? "namespaces/{namespace}/" : "")}{definition.Plural}";
        WriteCollection(definition, collection);
        if (definition.Verbs.Contains("get"))
        {
            WriteItem(definition, collection + "/{name}");
        }

        foreach (var subresource in DiscoveryDocuments.Subresources(definition))
        {
            WriteSubresource(definition, subresource, $"{collection}/{{name}}/{subresource.Name}");
        }

        if (definition.Namespaced && definition.Verbs.Contains("list"))
        {
            writer.WriteStartObject($"{root}/{definition.Plural}");
            WriteOperation(definition, new Operation("get", "list", "list", "ForAllNamespaces", OpenApiNames.List(definition), null, ListParameters));
            WriteCommonParameters(definition, named: false, namespaced: false);
            writer.WriteEndObject();
        }
    }

    private void WriteCollection(ResourceDefinition definition, string path)
    {
        writer.WriteStartObject(path);
        if (definition.Verbs.Contains("list"))
        {
            WriteOperation(definition, new Operation("get", "list", "list", "", OpenApiNames.List(definition), null, ListParameters));
        }

        if (definition.Verbs.Contains("create"))
        {
            WriteOperation(definition, new Operation("post", "create", "post", "", OpenApiNames.Definition(definition), OpenApiNames.Definition(definition), WriteParameters));
        }

        if (definition.Verbs.Contains("deletecollection"))
        {
            WriteOperation(
                definition,
                new Operation("delete", "deleteCollection", "deletecollection", "", OpenApiNames.Status, OpenApiNames.DeleteOptions, [.. ListParameters, .. DeleteParameters]));
        }

        WriteCommonParameters(definition, named: false, definition.Namespaced);
        writer.WriteEndObject();
    }

    private void WriteItem(ResourceDefinition definition, string path)
    {
        var kind = OpenApiNames.Definition(definition);
        writer.WriteStartObject(path);
        WriteOperation(definition, new Operation("get", "read", "get", "", kind, null, []));
        WriteOperation(definition, new Operation("put", "replace", "put", "", kind, kind, WriteParameters));
        WriteOperation(definition, new Operation("patch", "patch", "patch", "", kind, OpenApiNames.Patch, [.. WriteParameters, Force]));
        WriteOperation(definition, new Operation("delete", "delete", "delete", "", OpenApiNames.Status, OpenApiNames.DeleteOptions, DeleteParameters));
        WriteCommonParameters(definition, named: true, definition.Namespaced);
        writer.WriteEndObject();
    }

    private void WriteSubresource(ResourceDefinition definition, ExtraSubresource subresource, string path)
    {
        var suffix = OpenApiNames.Capital(subresource.Name);
        var kind = subresource.Name switch { "scale" => OpenApiNames.Scale, "status" or "finalize" => OpenApiNames.Definition(definition), _ => null };
        writer.WriteStartObject(path);
        foreach (var verb in subresource.Verbs)
        {
            WriteOperation(definition, verb switch
            {
                "get" => new Operation("get", "read", "get", suffix, kind, null, []),
                "create" => new Operation("post", "create", "post", suffix, kind, kind ?? "", WriteParameters),
                "patch" => new Operation("patch", "patch", "patch", suffix, kind, OpenApiNames.Patch, [.. WriteParameters, Force]),
                _ => new Operation("put", "replace", "put", suffix, kind, kind ?? "", WriteParameters),
            });
        }

        WriteCommonParameters(definition, named: true, definition.Namespaced);
        writer.WriteEndObject();
    }

    private void WriteOperation(ResourceDefinition definition, Operation operation)
    {
        var bodyTypes = operation.Method != "patch" ? ["*/*"] : definition.IsCustom ? CustomPatchTypes : BuiltInPatchTypes;
        writer.WriteStartObject(operation.Method);
        writer.WriteStartArray("tags");
        writer.WriteStringValue(OpenApiNames.Tag(definition));
        writer.WriteEndArray();
        writer.WriteString("description", $"{operation.Verb} {definition.Kind}{(operation.Suffix.Length > 0 ? $" ({operation.Suffix})" : "")}");
        writer.WriteString("operationId", OpenApiNames.Operation(definition, operation.Verb, operation.Suffix));
        if (dialect == OpenApiDialect.V2)
        {
            WriteTexts("consumes", bodyTypes);
            WriteTexts("produces", [Json, "application/yaml"]);
        }

        writer.WriteStartArray("parameters");
        foreach (var (name, type, text) in operation.Parameters)
        {
            WriteQueryParameter(name, type, text);
        }

        if (dialect == OpenApiDialect.V2 && operation.Body is { } body)
        {
            writer.WriteStartObject();
            writer.WriteString("name", "body");
            writer.WriteString("in", "body");
            writer.WriteBoolean("required", operation.Method != "delete");
            WriteSchema(body);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (dialect == OpenApiDialect.V3 && operation.Body is { } content)
        {
            writer.WriteStartObject("requestBody");
            WriteContent(content, bodyTypes);
            if (operation.Method != "delete")
            {
                writer.WriteBoolean("required", true);
            }

            writer.WriteEndObject();
        }

        WriteResponses(operation);
        writer.WriteString("x-kubernetes-action", operation.Action);
        WriteKind(definition.Group, definition.Version, definition.Kind);
        writer.WriteEndObject();
    }

    private void WriteResponses(Operation operation)
    {
        string[] codes = operation.Method switch { "post" => ["200", "201", "202"], "put" or "patch" => ["200", "201"], "delete" => ["200", "202"], _ => ["200"] };
        writer.WriteStartObject("responses");
        foreach (var code in codes)
        {
            writer.WriteStartObject(code);
            writer.WriteString("description", code switch { "201" => "Created", "202" => "Accepted", _ => "OK" });
            if (dialect == OpenApiDialect.V3)
            {
                WriteContent(operation.Response ?? "", operation.Response is null ? ["*/*"] : [Json, "application/yaml"]);
            }
            else
            {
                WriteSchema(operation.Response ?? "");
            }

            writer.WriteEndObject();
        }

        writer.WriteStartObject("401");
        writer.WriteString("description", "Unauthorized");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteContent(string definition, string[] mediaTypes)
    {
        writer.WriteStartObject("content");
        foreach (var mediaType in mediaTypes)
        {
            writer.WriteStartObject(mediaType);
            WriteSchema(definition);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>A reference; without a definition any value.</summary>
    private void WriteSchema(string definition)
    {
        writer.WriteStartObject("schema");
        if (definition.Length > 0)
        {
            writer.WriteString("$ref", reference(definition));
        }

        writer.WriteEndObject();
    }

    private void WriteCommonParameters(ResourceDefinition definition, bool named, bool namespaced)
    {
        writer.WriteStartArray("parameters");
        if (named)
        {
            WritePathParameter("name", $"name of the {definition.Kind}");
        }

        if (namespaced)
        {
            WritePathParameter("namespace", "object name and auth scope, such as for teams and projects");
        }

        WriteQueryParameter(Pretty.Name, Pretty.Type, Pretty.Text);
        writer.WriteEndArray();
    }

    private void WritePathParameter(string name, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("in", "path");
        writer.WriteString("description", text);
        writer.WriteBoolean("required", true);
        WriteParameterType("string");
        writer.WriteEndObject();
    }

    private void WriteQueryParameter(string name, string type, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("in", "query");
        writer.WriteString("description", text);
        WriteParameterType(type);
        writer.WriteEndObject();
    }

    private void WriteParameterType(string type)
    {
        if (dialect == OpenApiDialect.V3)
        {
            writer.WriteStartObject("schema");
            writer.WriteString("type", type);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteString("type", type);
        }
    }

    private void WriteKind(string group, string version, string kind)
    {
        writer.WriteStartObject("x-kubernetes-group-version-kind");
        writer.WriteString("group", group);
        writer.WriteString("version", version);
        writer.WriteString("kind", kind);
        writer.WriteEndObject();
    }

    private void WriteTexts(string name, ReadOnlySpan<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    /// <param name="Method">HTTP method.</param>
    /// <param name="Verb">Beginning of the operation's name.</param>
    /// <param name="Action">Value of <c>x-kubernetes-action</c>.</param>
    /// <param name="Suffix">End of the operation's name.</param>
    /// <param name="Response">Definition of the answer; null for any.</param>
    /// <param name="Body">Definition of the body; empty for any, null for none.</param>
    /// <param name="Parameters">Query parameters.</param>
    private sealed record Operation(
        string Method, string Verb, string Action, string Suffix, string? Response, string? Body, (string Name, string Type, string Text)[] Parameters);
}

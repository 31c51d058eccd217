using System.Text;
using System.Text.Json.Nodes;

namespace AeroGrid.Client.Tests.Generation;

/// <summary>Writes one client a kind: what all kinds can do is inherited, what only some can (scale, status) is written where the document has it.</summary>
internal static class ClientWriter
{
    private const string Group = "apis/aerogrid.io/v1alpha1";

    public static string Write(JsonObject document)
    {
        var text = new StringBuilder(ModelWriter.Header);
        text.Append("using System.Text.Json.Nodes;\nusing AeroGrid.Client.Http;\n\nnamespace AeroGrid.Client.Resources;\n");
        var paths = document["paths"]!.AsObject();
        foreach (var (path, item) in paths.Where(p => p.Value!["post"] is not null))
        {
            var kind = ModelReader.ClassOf((string)item!["post"]!["requestBody"]!["content"]!["*/*"]!["schema"]!["$ref"]!);
            WriteClient(text, paths, path, kind);
        }

        return text.ToString();
    }

    private static void WriteClient(StringBuilder text, JsonObject paths, string path, string kind)
    {
        var plural = path.Split('/')[^1];
        var tenants = path.Contains("/{namespace}/", StringComparison.Ordinal);
        path.ShouldBe(tenants ? $"/{Group}/namespaces/{{namespace}}/{plural}" : $"/{Group}/{plural}", "the clients know one group and version");
        RequireOperations(paths, path);
        var client = ModelReader.Capital(plural) + "Client";
        var parent = tenants ? "TenantResourceClient" : "ClusterResourceClient";
        var root = tenants ? $"\"{Group}\", \"{plural}\"" : $"\"{Group}/{plural}\"";
        text.Append(
            $$"""

            /// <summary>Resources of kind {{kind}}. Thread-safe.</summary>
            public sealed partial class {{client}} : {{parent}}<{{kind}}, {{kind}}List>
            {
                internal {{client}}(ApiConnection connection)
                    : base(connection, {{root}}, ResourceJson.Default.{{kind}}, ResourceJson.Default.{{kind}}List)
                {
                }

            """);
        var (parameters, arguments) = tenants ? ("string tenant, string name", "tenant, name") : ("string name", "name");
        if (paths[path + "/{name}/status"] is not null)
        {
            text.Append(
                $$"""

                    /// <summary>Changes the status: for controllers, which alone write it. A merge patch (RFC 7386) of the whole resource, of which only <c>status</c> is taken.</summary>
                    public Task<{{kind}}> PatchStatusAsync({{parameters}}, JsonNode patch, CancellationToken cancellationToken = default) =>
                        Endpoint.PatchAsync(PathOf({{arguments}}) + "/status", patch, cancellationToken);

                """);
        }

        if (paths[path + "/{name}/scale"] is not null)
        {
            text.Append(
                $$"""

                    /// <summary>How many processes are wanted, and how many there are.</summary>
                    public Task<Scale> GetScaleAsync({{parameters}}, CancellationToken cancellationToken = default) =>
                        Endpoint.GetAsync(PathOf({{arguments}}) + "/scale", ResourceJson.Default.Scale, cancellationToken);

                    /// <summary>Sets how many processes are wanted.</summary>
                    public Task<Scale> ScaleAsync({{parameters}}, int replicas, CancellationToken cancellationToken = default) =>
                        Endpoint.PatchAsync(
                            PathOf({{arguments}}) + "/scale",
                            new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } },
                            ResourceJson.Default.Scale,
                            cancellationToken);

                """);
        }

        text.Append("}\n");
    }

    /// <summary>What the inherited methods call must be there.</summary>
    private static void RequireOperations(JsonObject paths, string path)
    {
        foreach (var (suffix, methods) in new[] { ("", new[] { "get", "post" }), ("/{name}", ["get", "put", "patch", "delete"]) })
        {
            methods.ShouldBeSubsetOf(paths[path + suffix]!.AsObject().Select(o => o.Key), path + suffix);
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Discovery;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AeroGrid.ApiServer.OpenApi;

/// <summary>
/// Serves <c>/openapi/v2</c> and <c>/openapi/v3</c>. Documents are made when they are asked for and kept compressed: those of built-in groups
/// for good, the others until the set of resources changes. Thread-safe.
/// </summary>
internal sealed class OpenApiEndpoints(IResourceCatalog catalog, TimeProvider time)
{
    private static readonly string Program = typeof(OpenApiEndpoints).Module.ModuleVersionId.ToString();

    private readonly ConcurrentDictionary<string, byte[]> _builtIn = new(StringComparer.Ordinal);
    private volatile Generation _custom = new(-1);

    /// <summary>Maps the URLs.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapApiRoute("/openapi/v2", ServeV2Async);
        endpoints.MapApiRoute("/openapi/v3", ServeIndexAsync);
        endpoints.MapApiRoute("/openapi/v3/api/{version}", context => ServeV3Async(context, "", (string)context.Request.RouteValues["version"]!));
        endpoints.MapApiRoute(
            "/openapi/v3/apis/{group}/{version}",
            context => ServeV3Async(context, (string)context.Request.RouteValues["group"]!, (string)context.Request.RouteValues["version"]!));
    }

    private Task ServeV2Async(HttpContext context)
    {
        DiscoveryEndpoints.RequireGet(context);
        RequireJson(context);
        var snapshot = catalog.Current;
        return ServeAsync(context, HashOf(snapshot.All), () => Custom(snapshot).GetOrAdd("v2", _ => Compress(OpenApiDocuments.Make(OpenApiDialect.V2, snapshot.All))));
    }

    private Task ServeIndexAsync(HttpContext context)
    {
        DiscoveryEndpoints.RequireGet(context);
        var paths = new JsonObject();
        foreach (var version in catalog.Current.All.GroupBy(d => (d.Group, d.Version)))
        {
            var path = Path(version.Key.Group, version.Key.Version);
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={HashOf(version)}" };
        }

        return ResponseBody.WriteAsync(context, 200, new JsonObject { ["paths"] = paths });
    }

    private Task ServeV3Async(HttpContext context, string group, string version)
    {
        DiscoveryEndpoints.RequireGet(context);
        RequireJson(context);
        var snapshot = catalog.Current;
        var definitions = snapshot.All.Where(d => d.Group == group && d.Version == version).ToList();
        if (definitions.Count == 0)
        {
            throw DiscoveryEndpoints.NotFound();
        }

        var hash = HashOf(definitions);
        var asked = context.Request.Query["hash"].ToString();
        if (asked.Length > 0)
        {
            if (asked != hash)
            {
                context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
                context.Response.Headers.Location = $"/openapi/v3/{Path(group, version)}?hash={hash}";
                return Task.CompletedTask;
            }

            // The address names the content, so it never changes.
            context.Response.Headers.CacheControl = "public, immutable";
            context.Response.Headers.Expires = time.GetUtcNow().AddYears(1).ToString("R", CultureInfo.InvariantCulture);
        }

        var documents = definitions.Exists(d => d.IsCustom) ? Custom(snapshot) : _builtIn;
        return ServeAsync(context, hash, () => documents.GetOrAdd(Path(group, version), _ => Compress(OpenApiDocuments.Make(OpenApiDialect.V3, definitions))));
    }

    private ConcurrentDictionary<string, byte[]> Custom(ResourceSnapshot snapshot)
    {
        var generation = _custom;
        if (generation.Version != snapshot.Version)
        {
            generation = new Generation(snapshot.Version);
            _custom = generation;
        }

        return generation.Documents;
    }

    private static string Path(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    /// <summary>Old clients ask for protobuf first and take JSON; a client that takes nothing else is told so and does without.</summary>
    private static void RequireJson(HttpContext context)
    {
        // Not parsed as media types: kubectl's contain an '@', which is none of their characters.
        var accept = context.Request.Headers.Accept.ToString();
        if (accept.Length == 0 || accept.Contains("application/json", StringComparison.Ordinal) || accept.Contains("*/*", StringComparison.Ordinal)
            || accept.Contains("application/*", StringComparison.Ordinal))
        {
            return;
        }

        throw new ApiException(406, "NotAcceptable", "only the following media types are accepted: application/json");
    }

    private static async Task ServeAsync(HttpContext context, string hash, Func<byte[]> compressed)
    {
        var response = context.Response;
        var tag = $"\"{hash}\"";
        response.Headers.ETag = tag;
        response.Headers.Vary = "Accept-Encoding, Accept";
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(tag, StringComparison.OrdinalIgnoreCase))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = "application/json";
        var document = compressed();
        if (ResponseBody.AcceptsGzip(context))
        {
            response.Headers.ContentEncoding = "gzip";
            response.ContentLength = document.Length;
            await response.Body.WriteAsync(document, context.RequestAborted);
            return;
        }

        await using var plain = new GZipStream(new MemoryStream(document), CompressionMode.Decompress);
        await plain.CopyToAsync(response.Body, context.RequestAborted);
    }

    /// <summary>
    /// Names the content of a document without making it, so that the index is cheap: the program makes equal documents of equal
    /// definitions.
    /// </summary>
    private static string HashOf(IEnumerable<ResourceDefinition> definitions)
    {
        var parts = definitions.Select(d => $"{d.Group}/{d.Version}/{d.Plural}/{d.Fingerprint}").Prepend(Program);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
    }

    private static byte[] Compress(ReadOnlyMemory<byte> plain)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain.Span);
        }

        return output.ToArray();
    }

    /// <summary>Gzip of documents of one state of the catalog.</summary>
    private sealed record Generation(long Version)
    {
        public ConcurrentDictionary<string, byte[]> Documents { get; } = new(StringComparer.Ordinal);
    }
}

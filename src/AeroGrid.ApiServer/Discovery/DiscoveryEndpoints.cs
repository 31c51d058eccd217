using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace AeroGrid.ApiServer.Discovery;

/// <summary>Serves discovery. Thread-safe.</summary>
internal sealed class DiscoveryEndpoints(IResourceCatalog catalog)
{
    private const string AggregatedGroup = "apidiscovery.k8s.io";

    private readonly SnapshotCache _cache = new();

    /// <summary>Maps the URLs.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapApiRoute("/api", context => ServeRootAsync(context, core: true));
        endpoints.MapApiRoute("/apis", context => ServeRootAsync(context, core: false));
        endpoints.MapApiRoute("/api/{version}", context => ServeVersionAsync(context, "", Segment(context, "version")));
        endpoints.MapApiRoute("/apis/{group}", ServeGroupAsync);
        endpoints.MapApiRoute("/apis/{group}/{version}", context => ServeVersionAsync(context, Segment(context, "group"), Segment(context, "version")));
    }

    /// <summary>405 for anything but reading.</summary>
    public static void RequireGet(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            throw new ApiException(405, "MethodNotAllowed", $"{context.Request.Method} is not supported on {context.Request.Path}: it can only be read with GET");
        }
    }

    /// <summary>404 as kube-apiserver says it for paths.</summary>
    public static ApiException NotFound() => new(404, "NotFound", "the server could not find the requested resource");

    private Task ServeRootAsync(HttpContext context, bool core)
    {
        RequireGet(context);
        var snapshot = catalog.Current;
        if (AggregatedVersion(context) is { } version)
        {
            var document = _cache.Get(snapshot, $"aggregated/{version}/{core}", () => DiscoveryDocuments.Aggregated(snapshot, core, version))!;
            context.Response.Headers.Vary = "Accept";
            return ServeTaggedAsync(context, document, $"application/json;g={AggregatedGroup};v={version};as=APIGroupDiscoveryList");
        }

        return core
            ? ResponseBody.WriteAsync(context, 200, DiscoveryDocuments.CoreVersions(context.Request.Host.Value ?? "127.0.0.1"), WantsYaml(context))
            : ServeAsync(context, _cache.Get(snapshot, "groups", () => DiscoveryDocuments.Groups(snapshot)));
    }

    private Task ServeGroupAsync(HttpContext context)
    {
        RequireGet(context);
        var snapshot = catalog.Current;
        var group = Segment(context, "group");
        return ServeAsync(context, _cache.Get(snapshot, "group/" + Known(snapshot, group), () => DiscoveryDocuments.GroupDocument(snapshot, group)));
    }

    private Task ServeVersionAsync(HttpContext context, string group, string version)
    {
        RequireGet(context);
        var snapshot = catalog.Current;
        if (!DiscoveryDocuments.Versions(snapshot, Known(snapshot, group)).Contains(version))
        {
            throw NotFound();
        }

        return ServeAsync(context, _cache.Get(snapshot, $"version/{group}/{version}", () => DiscoveryDocuments.Resources(snapshot, group, version)));
    }

    private static Task ServeAsync(HttpContext context, CachedDocument? document) => document is null
        ? throw NotFound()
        : ResponseBody.WriteAsync(context, 200, document.Body, WantsYaml(context));

    /// <summary>Answers 304 to a client that has the document already.</summary>
    public static async Task ServeTaggedAsync(HttpContext context, CachedDocument document, string contentType)
    {
        var response = context.Response;
        var tag = $"\"{document.Hash}\"";
        response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(tag, StringComparison.OrdinalIgnoreCase))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = contentType;
        if (document.Body.Length < ResponseBody.CompressFrom || !ResponseBody.AcceptsGzip(context))
        {
            response.ContentLength = document.Body.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await response.Body.WriteAsync(document.Body, context.RequestAborted);
            }

            return;
        }

        var vary = response.Headers.Vary;
        await using var stream = ResponseBody.Compress(context);
        response.Headers.Vary = vary.Count == 0 ? "Accept-Encoding" : $"{vary}, Accept-Encoding";
        await stream.WriteAsync(document.Body, context.RequestAborted);
    }

    /// <summary>The form that the client prefers among those it accepts; null for the plain documents.</summary>
    private static string? AggregatedVersion(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParseList(context.Request.Headers.Accept, out var types))
        {
            return null;
        }

        foreach (var type in types.OrderByDescending(t => t.Quality ?? 1))
        {
            var parameters = type.Parameters.ToDictionary(p => p.Name.ToString(), p => HeaderUtilities.RemoveQuotes(p.Value).ToString(), StringComparer.OrdinalIgnoreCase);
            if (type.MediaType != "application/json" || !parameters.TryGetValue("as", out var shape))
            {
                // Plain JSON comes before what follows.
                if (type.MediaType == "application/json" || type.MediaType == "*/*")
                {
                    return null;
                }

                continue;
            }

            if (shape == "APIGroupDiscoveryList" && parameters.GetValueOrDefault("g") == AggregatedGroup && parameters.GetValueOrDefault("v") is "v2" or "v2beta1")
            {
                return parameters["v"];
            }
        }

        return null;
    }

    /// <summary>Only names of groups that exist become keys of the cache.</summary>
    private static string Known(ResourceSnapshot snapshot, string group) =>
        snapshot.All.Any(d => d.Group == group) ? group : throw NotFound();

    private static bool WantsYaml(HttpContext context) => context.Request.Headers.Accept.ToString().StartsWith("application/yaml", StringComparison.Ordinal);

    private static string Segment(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;
}

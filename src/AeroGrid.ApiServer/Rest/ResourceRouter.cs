using AeroGrid.ApiServer.Authorization;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;
using AeroGrid.ApiServer.Watch;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Finds out what a request of <c>/api</c> or <c>/apis</c> is about, whether the caller may, and who answers. Thread-safe.</summary>
internal sealed class ResourceRouter(
    ApiPipeline pipeline,
    IResourceCatalog catalog,
    ReadHandler reads,
    WatchHandler watches,
    WriteHandler writes,
    ScaleHandler scales,
    IEnumerable<ISubresourceHandler> subresources,
    IHostApplicationLifetime lifetime)
{
    private readonly Dictionary<string, ISubresourceHandler> _subresources = subresources.ToDictionary(s => s.StorageKey);

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var path = RequestPath.Parse(context.Request.Path.Value ?? "") ?? throw UnknownPath();
        var verb = VerbOf(context, path);
        var user = context.GetUser();
        pipeline.Authorize(user, new RequestAttributes(
            verb,
            path.Group,
            path.Plural,
            path.Subresource.Length > 0 ? path.Subresource : null,
            path.Plural == "namespaces" && path.Group.Length == 0 ? path.Name : path.Namespace,
            path.Name));

        var definition = catalog.Current.ByPlural(path.Group, path.Version, path.Plural) ?? throw UnknownPath();
        if (path.Namespace is not null && !definition.Namespaced)
        {
            throw UnknownPath();
        }

        if (definition.Namespaced && path.Namespace is null && (path.Name is not null || verb is "create" or "deletecollection"))
        {
            throw verb == "create" && path.Name is null ? ApiException.MethodNotAllowed(path.Group, path.Plural, "create without a namespace") : UnknownPath();
        }

        if (path.Subresource.Length > 0)
        {
            await ServeSubresourceAsync(context, definition, path, verb);
            return;
        }

        if (!definition.Verbs.Contains(verb))
        {
            throw NotAllowed(context, path, verb);
        }

        await ServeAsync(context, definition, path, verb);
    }

    private async Task ServeAsync(HttpContext context, ResourceDefinition definition, RequestPath path, string verb)
    {
        switch (verb)
        {
            case "get":
                await reads.GetAsync(context, definition, new ObjectKey(definition.StorageKey, path.Namespace ?? "", path.Name!));
                break;
            case "list":
                await reads.ListAsync(context, definition, ListOptions.Read(context, definition, path));
                break;
            case "watch":
                await watches.WatchAsync(context, definition, ListOptions.Read(context, definition, path), lifetime.ApplicationStopping);
                break;
            case "create":
                await writes.CreateAsync(context, Request(context, definition, path));
                break;
            case "update":
                await writes.UpdateAsync(context, Request(context, definition, path));
                break;
            case "patch":
                await writes.PatchAsync(context, Request(context, definition, path));
                break;
            case "delete":
                await writes.DeleteAsync(context, Request(context, definition, path));
                break;
            default:
                await writes.DeleteCollectionAsync(context, Request(context, definition, path), ListOptions.Read(context, definition, path));
                break;
        }
    }

    private async Task ServeSubresourceAsync(HttpContext context, ResourceDefinition definition, RequestPath path, string verb)
    {
        var request = Request(context, definition, path);
        var work = (path.Subresource, verb) switch
        {
            ("status", "get") when definition.HasStatus => reads.GetAsync(context, definition, request.Key),
            ("status", "update") when definition.HasStatus => writes.UpdateAsync(context, request),
            ("status", "patch") when definition.HasStatus => writes.PatchAsync(context, request),
            ("scale", "get") when definition.Scale is not null => scales.GetAsync(context, request),
            ("scale", "update") when definition.Scale is not null => scales.UpdateAsync(context, request),
            ("scale", "patch") when definition.Scale is not null => scales.PatchAsync(context, request),
            ("finalize", "update") when definition.StorageKey == "namespaces" => writes.UpdateAsync(context, request),
            _ => null,
        };
        if (work is not null)
        {
            await work;
            return;
        }

        if (!_subresources.TryGetValue(definition.StorageKey, out var handler) || !await handler.TryServeAsync(context, request))
        {
            throw (path.Subresource is "status" && definition.HasStatus) || (path.Subresource is "scale" && definition.Scale is not null)
                ? NotAllowed(context, path, verb)
                : UnknownPath();
        }
    }

    private static WriteRequest Request(HttpContext context, ResourceDefinition definition, RequestPath path) =>
        new(definition, path.Namespace ?? "", path.Name ?? "", path.Subresource, context.GetUser(), WriteOptions.Read(context));

    private static string VerbOf(HttpContext context, RequestPath path)
    {
        var isCollection = path.Name is null;
        switch (context.Request.Method)
        {
            case "GET" or "HEAD":
                return isCollection ? WriteOptions.ReadBoolean(context.Request.Query["watch"]) ? "watch" : "list" : "get";
            case "POST" when isCollection || path.Subresource.Length > 0:
                return "create";
            case "PUT" when !isCollection:
                return "update";
            case "PATCH" when !isCollection:
                return "patch";
            case "DELETE":
                return isCollection ? "deletecollection" : "delete";
            default:
                throw NotAllowed(context, path, context.Request.Method);
        }
    }

    private static ApiException NotAllowed(HttpContext context, RequestPath path, string verb)
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Allow = path.Name is null ? "GET, HEAD, POST, DELETE" : "GET, HEAD, PUT, PATCH, DELETE";
            return Task.CompletedTask;
        });
        return ApiException.MethodNotAllowed(path.Group, path.Plural, verb);
    }

    /// <summary>What kubectl recognises as "no such resource".</summary>
    private static ApiException UnknownPath() => new(404, "NotFound", "the server could not find the requested resource");
}

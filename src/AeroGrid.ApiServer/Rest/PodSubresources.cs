using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Serves the subresources that only pods have: log, binding and eviction. Thread-safe.</summary>
internal sealed class PodSubresources(ObjectStore store, ObjectUpdater updater, ObjectDeleter deleter, IEnumerable<IPodLogs> logs)
{
    private readonly IPodLogs? _logs = logs.FirstOrDefault();

    /// <summary>Serves a request, or returns false when there is no such subresource or method.</summary>
    public async Task<bool> TryServeAsync(HttpContext context, WriteRequest request)
    {
        switch (context.Request.Method, request.Subresource)
        {
            case ("GET", "log") when _logs is not null:
                var stored = store.Get(request.Key) ?? throw request.NotFound();
                await _logs.ServeAsync(context, ObjectCodec.Decode(stored, request.Definition));
                return true;
            case ("POST", "binding"):
                await BindAsync(context, request);
                return true;
            case ("POST", "eviction"):
                await EvictAsync(context, request);
                return true;
            default:
                return false;
        }
    }

    private async Task BindAsync(HttpContext context, WriteRequest request)
    {
        var body = await ReadAsync(context);
        if ((body["target"] as JsonObject)?.Text("name") is not { Length: > 0 } node)
        {
            throw ApiException.BadRequest("target.name is required: the name of the node");
        }

        await updater.UpdateAsync(request, pod =>
        {
            var spec = pod["spec"] as JsonObject ?? [];
            if (spec.Text("nodeName") is { Length: > 0 } present)
            {
                throw request.Conflict($"pod {request.Name} is already assigned to node \"{present}\"");
            }

            spec["nodeName"] = node;
            pod["spec"] = spec;
            return pod;
        });
        await ResponseBody.WriteAsync(context, 201, StatusDocument.Success(201), ResponseFormat.Of(context).Yaml);
    }

    private async Task EvictAsync(HttpContext context, WriteRequest request)
    {
        var body = await ReadAsync(context);
        var options = body["deleteOptions"] as JsonObject;
        await deleter.DeleteAsync(request, new DeleteOptions
        {
            GracePeriodSeconds = options?.Integer("gracePeriodSeconds"),
            Uid = (options?["preconditions"] as JsonObject)?.Text("uid"),
            DryRun = request.Options.DryRun,
        });
        await ResponseBody.WriteAsync(context, 201, StatusDocument.Success(201), ResponseFormat.Of(context).Yaml);
    }

    private static async Task<JsonObject> ReadAsync(HttpContext context) =>
        (await RequestBody.ReadAsync(context)).Node as JsonObject ?? throw ApiException.BadRequest("the body must be a JSON or YAML object");
}

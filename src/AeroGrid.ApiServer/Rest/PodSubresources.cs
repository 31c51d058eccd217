using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Serves the subresources that only pods have: log, binding and eviction. Thread-safe.</summary>
internal sealed class PodSubresources(
    ObjectStore store, ObjectUpdater updater, ObjectDeleter deleter, IEnumerable<IPodLogs> logs, ObjectPreparation preparation) : ISubresourceHandler
{
    private readonly IPodLogs? _logs = logs.FirstOrDefault();

    /// <inheritdoc/>
    public string StorageKey => "pods";

    /// <inheritdoc/>
    public async Task<bool> TryServeAsync(HttpContext context, WriteRequest request)
    {
        switch (context.Request.Method, request.Subresource)
        {
            case ("GET", "log") when _logs is not null:
                var stored = store.Get(request.Key) ?? throw request.NotFound();
                await _logs.ServeAsync(context, ObjectCodec.Decode(stored, request.Definition));
                return true;
            case (_, "exec" or "attach" or "portforward" or "ephemeralcontainers"):
                throw ApiException.NotImplemented(Instead(request.Subresource));
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

    /// <summary>Without an answer of its own kubectl says no more than that something was not found.</summary>
    private static string Instead(string subresource) => subresource switch
    {
        "portforward" => "port-forward is not supported on one machine: the app listens on 127.0.0.1, on the port in the pod's annotation node.aerogrid.io/ports",
        "attach" => "attach is not supported on one machine: read the output with `kubectl logs -f`",
        "ephemeralcontainers" => "debug containers are not supported on one machine: have the app print what you want to know, and read `kubectl logs`",
        _ => "exec and cp are not supported on one machine: have the app print what you want to know, and read `kubectl logs`",
    };

    private async Task BindAsync(HttpContext context, WriteRequest request)
    {
        var body = await ReadAsync(context);
        if ((body["target"] as JsonObject)?.Text("name") is not { Length: > 0 } node)
        {
            throw ApiException.BadRequest("target.name is required: the name of the node");
        }

        var uid = (body["metadata"] as JsonObject)?.Text("uid");
        await updater.UpdateAsync(request, pod =>
        {
            if (uid is { Length: > 0 } && uid != pod.Metadata().Text("uid"))
            {
                throw request.Conflict($"Precondition failed: UID in precondition: {uid}, UID in object meta: {pod.Metadata().Text("uid")}");
            }

            var spec = pod["spec"] as JsonObject ?? [];
            if (spec.Text("nodeName") is { Length: > 0 } present)
            {
                throw request.Conflict($"pod {request.Name} is already assigned to node \"{present}\"");
            }

            spec["nodeName"] = node;
            pod["spec"] = spec;
            SetScheduled(pod);
            return pod;
        });
        await ResponseBody.WriteAsync(context, 201, StatusDocument.Success(201), ResponseFormat.Of(context).Yaml);
    }

    /// <summary>As in Kubernetes, the binding itself says that the pod is scheduled: the scheduler need not write a status besides.</summary>
    private void SetScheduled(JsonObject pod)
    {
        if (pod["status"] is not JsonObject status)
        {
            pod["status"] = status = [];
        }

        if (status["conditions"] is not JsonArray conditions)
        {
            status["conditions"] = conditions = [];
        }

        conditions.RemoveAll(static condition => (condition as JsonObject)?.Text("type") == "PodScheduled");
        conditions.Add(new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "True",
            ["lastTransitionTime"] = preparation.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        });
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

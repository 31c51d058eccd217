using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Patch;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Serves <c>/scale</c>: an <c>autoscaling/v1</c> Scale made from fields of the object. Thread-safe.</summary>
internal sealed class ScaleHandler(ObjectStore store, ObjectUpdater updater, IPatcher patcher)
{
    private static readonly ResourceDefinition ScaleDefinition = new()
    {
        Group = "autoscaling",
        Version = "v1",
        Kind = "Scale",
        Plural = "scales",
        Singular = "scale",
        Namespaced = true,
        Schema = new NoSchema(),
    };

    /// <summary>Answers with the Scale of an object.</summary>
    public Task GetAsync(HttpContext context, WriteRequest request)
    {
        var stored = store.Get(request.Key) ?? throw request.NotFound();
        return ResponseBody.WriteAsync(context, 200, ScaleOf(request, ObjectCodec.Decode(stored, request.Definition)), ResponseFormat.Of(context).Yaml);
    }

    /// <summary>Takes a whole Scale.</summary>
    public async Task UpdateAsync(HttpContext context, WriteRequest request)
    {
        var body = await RequestBody.ReadAsync(context);
        await WriteAsync(context, request, _ => body.Node as JsonObject ?? throw ApiException.BadRequest("the body must be an autoscaling/v1 Scale"));
    }

    /// <summary>Takes a patch of the Scale.</summary>
    public async Task PatchAsync(HttpContext context, WriteRequest request)
    {
        var patch = await PatchHandler.ReadAsync(context);

        // The one field of a Scale that can be written has one owner after any kind of patch, so apply and merge come to the same.
        await WriteAsync(context, request, scale => patcher.Apply(ScaleDefinition, patch.Kind is { } kind and not PatchKind.StrategicMerge ? kind : PatchKind.Merge, scale, patch.Node));
    }

    private async Task WriteAsync(HttpContext context, WriteRequest request, Func<JsonObject, JsonObject> change)
    {
        var format = ResponseFormat.Of(context);
        var path = Path(request.Definition.Scale!.SpecReplicasPath);
        var stored = await updater.UpdateAsync(request, live =>
        {
            var scale = change(ScaleOf(request, live));
            Check(request, scale);
            if (scale.Metadata().Text("resourceVersion") is { Length: > 0 } version)
            {
                live.Metadata()["resourceVersion"] = version;
            }

            Set(live, path, (scale["spec"] as JsonObject)?.Integer("replicas") ?? 0);
            return live;
        });
        await ResponseBody.WriteAsync(context, 200, ScaleOf(request, ObjectCodec.Decode(stored, request.Definition)), format.Yaml);
    }

    private static void Check(WriteRequest request, JsonObject scale)
    {
        var name = scale.Metadata().Text("name") ?? "";
        if (name.Length > 0 && name != request.Name)
        {
            throw ApiException.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Name})");
        }

        var replicas = (scale["spec"] as JsonObject)?["replicas"];
        if (replicas is not null && (scale["spec"] as JsonObject)?.Integer("replicas") is null or < 0 or > int.MaxValue)
        {
            throw ApiException.Invalid(
                "autoscaling",
                "Scale",
                request.Name,
                [new FieldError("spec.replicas", FieldErrorReasons.Invalid, $"Invalid value: {replicas.ToJsonString()}: must be an integer, 0 or more")]);
        }
    }

    private static JsonObject ScaleOf(WriteRequest request, JsonObject obj)
    {
        var paths = request.Definition.Scale!;
        var metadata = new JsonObject();
        foreach (var name in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            if (obj.Metadata()[name] is { } value)
            {
                metadata[name] = value.DeepClone();
            }
        }

        var spec = new JsonObject();
        if (Get(obj, Path(paths.SpecReplicasPath)) is { } replicas)
        {
            spec["replicas"] = replicas.DeepClone();
        }

        var status = new JsonObject { ["replicas"] = Get(obj, Path(paths.StatusReplicasPath))?.DeepClone() ?? 0 };
        if (paths.LabelSelectorPath is { } selectorPath && Get(obj, Path(selectorPath)) is { } selector)
        {
            status["selector"] = SelectorText(selector);
        }

        return new JsonObject { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    /// <summary>Built-in kinds have a LabelSelector object where custom resources have its text.</summary>
    private static string SelectorText(JsonNode selector)
    {
        if (selector is not JsonObject obj)
        {
            return selector.ToString();
        }

        var terms = new List<string>();
        foreach (var (key, value) in obj["matchLabels"] as JsonObject ?? [])
        {
            terms.Add($"{key}={value}");
        }

        foreach (var expression in (obj["matchExpressions"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var (key, values) = (expression.Text("key"), string.Join(',', ObjectMetadata.Strings(expression["values"])));
            terms.Add(expression.Text("operator") switch
            {
                "In" => $"{key} in ({values})",
                "NotIn" => $"{key} notin ({values})",
                "DoesNotExist" => $"!{key}",
                _ => $"{key}",
            });
        }

        return string.Join(',', terms);
    }

    private static string[] Path(string path) => path.TrimStart('.').Split('.');

    private static JsonNode? Get(JsonObject obj, string[] path)
    {
        JsonNode? node = obj;
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    private static void Set(JsonObject obj, string[] path, long value)
    {
        foreach (var name in path[..^1])
        {
            if (obj[name] is not JsonObject child)
            {
                child = [];
                obj[name] = child;
            }

            obj = child;
        }

        obj[path[^1]] = value;
    }

    /// <summary>A Scale is checked by hand.</summary>
    private sealed class NoSchema : IObjectSchema
    {
        public SchemaNode? Root => null;

        public IReadOnlyList<string> Prune(JsonObject obj) => [];

        public void ApplyDefaults(JsonObject obj)
        {
            // A Scale has none.
        }

        public IReadOnlyList<FieldError> Validate(JsonObject obj, JsonObject? old) => [];
    }
}

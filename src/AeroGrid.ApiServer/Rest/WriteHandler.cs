using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Answers create, update, patch, delete and deletecollection of objects and their status. Thread-safe.</summary>
internal sealed class WriteHandler(
    ObjectCreator creator, ObjectUpdater updater, ObjectDeleter deleter, PatchHandler patches, ReadHandler reads, IEnumerable<IVirtualResource> virtualResources)
{
    // What Kubernetes returns as objects when they are deleted; everything else as a Status.
    private static readonly string[] ReturnedWhenDeleted = ["pods", "services", "serviceaccounts", "resourcequotas"];

    private readonly Dictionary<string, IVirtualResource> _virtual = virtualResources.ToDictionary(v => v.StorageKey);

    /// <summary>POST to a collection.</summary>
    public async Task CreateAsync(HttpContext context, WriteRequest request)
    {
        var body = await RequestBody.ReadAsync(context);
        var obj = ObjectPreparation.TakeBody(request, body.Node, body.Duplicates);
        if (_virtual.TryGetValue(request.Definition.StorageKey, out var computed))
        {
            request.Definition.Schema.ApplyDefaults(obj);
            var answer = await computed.CreateAsync(obj, request.User, request.Definition.Namespaced ? request.Namespace : null, context.RequestAborted);
            await ResponseBody.WriteAsync(context, 201, answer, ResponseFormat.Of(context).Yaml);
            return;
        }

        await AnswerAsync(context, request, 201, await creator.CreateAsync(request, obj));
    }

    /// <summary>PUT.</summary>
    public async Task UpdateAsync(HttpContext context, WriteRequest request)
    {
        var body = await RequestBody.ReadAsync(context);
        var wanted = ObjectPreparation.TakeBody(request, body.Node, body.Duplicates);
        await AnswerAsync(context, request, 200, await updater.UpdateAsync(request, _ => wanted.DeepClone().AsObject()));
    }

    /// <summary>PATCH.</summary>
    public async Task PatchAsync(HttpContext context, WriteRequest request)
    {
        var (stored, created) = await patches.PatchAsync(request, await PatchHandler.ReadAsync(context));
        await AnswerAsync(context, request, created ? 201 : 200, stored);
    }

    /// <summary>DELETE of one object.</summary>
    public async Task DeleteAsync(HttpContext context, WriteRequest request)
    {
        var options = await DeleteOptions.ReadAsync(context);
        var outcome = await deleter.DeleteAsync(request with { Options = request.Options with { DryRun = options.DryRun } }, options);
        if (!outcome.Removed || ReturnedWhenDeleted.Contains(request.Definition.StorageKey))
        {
            // A deletion that waits for dependents has been accepted, not carried out.
            var accepted = !outcome.Removed && options.Propagation == Propagation.Foreground;
            await AnswerAsync(context, request, accepted ? 202 : 200, outcome.Object);
            return;
        }

        var uid = ObjectCodec.Decode(outcome.Object).Metadata().Text("uid") ?? "";
        await ResponseBody.WriteAsync(
            context, 200, StatusDocument.Deleted(request.Definition.Group, request.Definition.Plural, request.Name, uid), ResponseFormat.Of(context).Yaml);
    }

    /// <summary>DELETE of a collection.</summary>
    public async Task DeleteCollectionAsync(HttpContext context, WriteRequest request, ListOptions list)
    {
        var options = await DeleteOptions.ReadAsync(context);
        var objects = reads.Select(reads.Start(request.Definition, list), list);
        await Parallel.ForEachAsync(
            list.Limit > 0 ? objects.Take(list.Limit) : objects,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = context.RequestAborted },
            async (stored, _) =>
            {
                try
                {
                    var one = request with { Namespace = stored.Key.Namespace, Name = stored.Key.Name, Options = request.Options with { DryRun = options.DryRun } };
                    await deleter.DeleteAsync(one, options);
                }
                catch (ApiException e) when (e.Code == 404)
                {
                    // Somebody else deleted it.
                }
            });
        await ResponseBody.WriteAsync(context, 200, StatusDocument.Success(200), ResponseFormat.Of(context).Yaml);
    }

    private Task AnswerAsync(HttpContext context, WriteRequest request, int status, StoredObject stored)
    {
        AddWarnings(context, request.Warnings);
        return reads.WriteAsync(context, status, request.Definition, stored);
    }

    /// <summary>RFC 7234 warnings with code 299, as Kubernetes sends them.</summary>
    private static void AddWarnings(HttpContext context, List<string> warnings)
    {
        foreach (var warning in warnings)
        {
            var quoted = new string([.. warning.Where(c => c is >= ' ' and < '\u007f')]).Replace("\\", "\\\\").Replace("\"", "\\\"");
            context.Response.Headers.Append("Warning", $"299 - \"{quoted}\"");
        }
    }
}

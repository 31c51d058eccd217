using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Apply;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Namespaces;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Patch;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Carries out patches of all four formats. Thread-safe.</summary>
internal sealed class PatchHandler(
    ObjectStore store, ObjectCreator creator, ObjectUpdater updater, ObjectPreparation preparation, NamespaceIndex namespaces, IPatcher patcher)
{
    private const string ApplyMediaType = "application/apply-patch+yaml";
    private const string Supported =
        "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, " + ApplyMediaType;

    /// <summary>Reads the patch of a request.</summary>
    /// <exception cref="ApiException">400 malformed, 413 too large, 415 another format.</exception>
    public static async Task<PatchBody> ReadAsync(HttpContext context)
    {
        var mediaType = RequestBody.MediaType(context);
        PatchKind? kind = mediaType switch
        {
            "application/json-patch+json" => PatchKind.Json,
            "application/merge-patch+json" => PatchKind.Merge,
            "application/strategic-merge-patch+json" => PatchKind.StrategicMerge,
            ApplyMediaType => null,
            _ => throw RequestBody.Unsupported(mediaType, Supported),
        };
        var bytes = await RequestBody.ReadBytesAsync(context);
        var body = kind is null ? YamlBody.Decode(bytes.Span) : JsonBody.Decode(bytes.Span);
        return new PatchBody(kind, body.Node ?? throw ApiException.BadRequest("the patch is empty"), body.Duplicates);
    }

    /// <summary>Carries out a patch; apply creates what does not exist.</summary>
    /// <returns>The object as stored, and whether it is new.</returns>
    public async Task<(StoredObject Object, bool Created)> PatchAsync(WriteRequest request, PatchBody patch)
    {
        if (patch.Kind is not { } kind)
        {
            return await ApplyAsync(request, patch);
        }

        if (request.Options.Force)
        {
            throw ApiException.Invalid(
                "meta.k8s.io", "PatchOptions", "", [new FieldError("force", FieldErrorReasons.Forbidden, "Forbidden: may not be specified for non-apply patch")]);
        }

        var stored = await updater.UpdateAsync(request, live => Patched(request, kind, live, patch));
        return (stored, false);
    }

    /// <summary>The stored object with a patch applied.</summary>
    public JsonObject Patched(WriteRequest request, PatchKind kind, JsonObject live, PatchBody patch)
    {
        request.Warnings.Clear();
        var patched = patcher.Apply(request.Definition, kind, live, patch.Node);
        return ObjectPreparation.TakeBody(request, patched, patch.Duplicates);
    }

    private async Task<(StoredObject Object, bool Created)> ApplyAsync(WriteRequest request, PatchBody patch)
    {
        if (!request.Options.HasManager)
        {
            throw ApiException.Invalid(
                "meta.k8s.io",
                "PatchOptions",
                "",
                [new FieldError("fieldManager", FieldErrorReasons.Required, "Required value: is required for apply patch: add ?fieldManager=NAME")]);
        }

        var applied = TakeApplied(request, patch);
        while (true)
        {
            if (store.Get(request.Key) is not null)
            {
                try
                {
                    return (await updater.UpdateAsync(request, live => Merge(request, live, applied), isApply: true), false);
                }
                catch (ApiException e) when (e.Code == 404 && request.Subresource.Length == 0 && e.Kind == request.Definition.Plural && e.Name == request.Name)
                {
                    // It went away in between: then apply creates it.
                }
            }

            if (request.Subresource.Length > 0)
            {
                throw request.NotFound();
            }

            if (applied.Metadata().Text("resourceVersion") is { Length: > 0 })
            {
                throw request.Modified();
            }

            if (request.Definition.Namespaced)
            {
                namespaces.DemandForCreate(request, request.Name);
            }

            if (await creator.TryCreateAsync(request, Merge(request, null, applied), isApply: true) is { } created)
            {
                return (created, true);
            }
        }
    }

    private static JsonObject TakeApplied(WriteRequest request, PatchBody patch)
    {
        var applied = ObjectPreparation.TakeBody(request, patch.Node, patch.Duplicates);
        if (applied.Metadata()["managedFields"] is JsonArray { Count: > 0 })
        {
            throw ApiException.BadRequest("metadata.managedFields must be nil: remove it from the applied configuration");
        }

        if (request.Subresource == "status")
        {
            foreach (var name in applied.Select(f => f.Key).Where(n => n is not ("apiVersion" or "kind" or "metadata" or "status")).ToList())
            {
                applied.Remove(name);
            }
        }
        else if (request.Definition.HasStatus)
        {
            applied.Remove("status");
        }

        return applied;
    }

    private JsonObject Merge(WriteRequest request, JsonObject? live, JsonObject applied)
    {
        var outcome = preparation.Fields.Apply(request.Definition, live, applied, request.FieldManager(preparation.Now));
        if (outcome.Merged is not { } merged)
        {
            throw ApplyConflicts.ToException(request.Definition.Group, request.Definition.Plural, request.Name, outcome.Conflicts);
        }

        if (applied.Metadata().Text("resourceVersion") is { Length: > 0 } version)
        {
            merged.Metadata()["resourceVersion"] = version;
        }

        return merged;
    }
}

/// <summary>A decoded patch.</summary>
/// <param name="Kind">Its format; null for server-side apply.</param>
/// <param name="Node">The JSON value.</param>
/// <param name="Duplicates">Paths of fields that occur twice.</param>
internal sealed record PatchBody(PatchKind? Kind, JsonNode Node, IReadOnlyList<string> Duplicates);

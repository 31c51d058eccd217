using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Changes objects. Thread-safe.</summary>
internal sealed class ObjectUpdater(ObjectStore store, ObjectPreparation preparation)
{
    private const int Attempts = 20;

    /// <summary>
    /// Changes an object: reads it, lets the caller change a copy, stores that. When somebody else writes in between, all of it is repeated,
    /// unless the change named the resourceVersion that it was made for.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="change">Makes the wanted object from the stored one, which is a copy for changing; the request's body taken or a patch applied.</param>
    /// <param name="isApply">Ownership of fields is in the object already.</param>
    /// <returns>The object as stored (revision of the stored object for a dry run).</returns>
    /// <exception cref="ApiException">It does not exist, changed meanwhile, or is not valid.</exception>
    public async Task<StoredObject> UpdateAsync(WriteRequest request, Func<JsonObject, JsonObject> change, bool isApply = false)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var stored = store.Get(request.Key) ?? throw request.NotFound();
            var live = ObjectCodec.Decode(stored, request.Definition);
            var wanted = change(live.DeepClone().AsObject());
            DemandSameObject(request, wanted, live);
            var obj = Prepare(request, wanted, live, isApply);
            if (IsSame(obj, live) || request.Options.DryRun)
            {
                return stored with { Value = ObjectCodec.Encode(IsSame(obj, live) ? live : obj, request.Definition) };
            }

            var mutation = IsFinished(obj) ? Removal(stored) : Mutation.Store(request.Key, stored, obj, request.Definition);
            var result = await store.WriteAsync(mutation);
            if (result.Outcome == MutationOutcome.Stored)
            {
                return new StoredObject(request.Key, result.Revision, mutation.Value ?? ObjectCodec.Encode(obj, request.Definition));
            }
        }

        throw request.Modified();
    }

    /// <summary>Whether an object that is being deleted waits for nothing any more.</summary>
    public static bool IsFinished(JsonObject obj) =>
        obj.IsTerminating()
        && obj.Finalizers().Count == 0
        && (obj.Metadata().Integer("deletionGracePeriodSeconds") ?? 0) == 0
        && !HasNamespaceFinalizers(obj);

    /// <summary>The removal of an object: of a namespace only when nothing is in it any more.</summary>
    public static Mutation Removal(StoredObject stored) => Mutation.Remove(stored) with
    {
        Guard = stored.Key.Resource == "namespaces" ? MutationGuard.NamespaceIsEmpty : MutationGuard.None,
    };

    // A namespace has finalizers of its own in spec, which the namespace controller empties when everything in it is gone.
    private static bool HasNamespaceFinalizers(JsonObject obj) =>
        obj.Text("kind") == "Namespace" && obj.Text("apiVersion") == "v1" && obj["spec"] is JsonObject spec && ObjectMetadata.Strings(spec["finalizers"]).Count > 0;

    private static void DemandSameObject(WriteRequest request, JsonObject wanted, JsonObject live)
    {
        var (metadata, liveMetadata) = (wanted.Metadata(), live.Metadata());
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != liveMetadata.Text("uid"))
        {
            throw request.Conflict($"Precondition failed: UID in precondition: {uid}, UID in object meta: {liveMetadata.Text("uid")}");
        }

        var version = metadata.Text("resourceVersion") ?? "";
        if (version.Length == 0)
        {
            if (!request.Definition.AllowUnconditionalUpdate && request.Subresource.Length == 0)
            {
                throw ApiException.Invalid(
                    request.Definition.Group,
                    request.Definition.Kind,
                    request.Name,
                    [new FieldError("metadata.resourceVersion", FieldErrorReasons.Invalid, "Invalid value: \"\": must be specified for an update: send the one that was read")]);
            }
        }
        else if (version != liveMetadata.Text("resourceVersion"))
        {
            throw request.Modified();
        }
    }

    private JsonObject Prepare(WriteRequest request, JsonObject wanted, JsonObject live, bool isApply)
    {
        ObjectPreparation.KeepSystemMetadata(wanted, live);
        var obj = ObjectPreparation.KeepOtherParts(request, wanted, live);
        obj.Metadata()["resourceVersion"] = live.Metadata().Text("resourceVersion");
        request.Definition.Schema.ApplyDefaults(obj);
        using var admission = preparation.Admit(request, AdmissionOperation.Update, obj, live);
        if (request.Definition.HasGeneration && !SameBesidesMetadataAndStatus(obj, live))
        {
            obj.Metadata()["generation"] = (live.Metadata().Integer("generation") ?? 0) + 1;
        }

        if (!isApply)
        {
            preparation.Fields.Track(request.Definition, live, obj, request.FieldManager(preparation.Now));
        }

        ObjectPreparation.Validate(request, obj, live);
        return obj;
    }

    private static bool SameBesidesMetadataAndStatus(JsonObject a, JsonObject b)
    {
        static bool Counts(string name) => name is not ("metadata" or "status" or "apiVersion" or "kind");
        return a.Count(f => Counts(f.Key)) == b.Count(f => Counts(f.Key))
            && a.Where(f => Counts(f.Key)).All(f => b.TryGetPropertyValue(f.Key, out var other) && JsonNode.DeepEquals(f.Value, other));
    }

    /// <summary>Whether nothing changed but the times in managedFields: then nothing is written, so that applying again makes no event.</summary>
    private static bool IsSame(JsonObject obj, JsonObject live)
    {
        if (JsonNode.DeepEquals(obj, live))
        {
            return true;
        }

        var (a, b) = (obj.DeepClone().AsObject(), live.DeepClone().AsObject());
        RemoveTimes(a);
        RemoveTimes(b);
        return JsonNode.DeepEquals(a, b);
    }

    private static void RemoveTimes(JsonObject obj)
    {
        foreach (var entry in obj.Metadata()["managedFields"] as JsonArray ?? [])
        {
            (entry as JsonObject)?.Remove("time");
        }
    }
}

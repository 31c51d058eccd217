using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Outcome of a deletion.</summary>
/// <param name="Object">The last state, or the state that waits for finalizers, dependents or the kubelet.</param>
/// <param name="Removed">Whether the object is gone.</param>
internal sealed record DeleteOutcome(StoredObject Object, bool Removed);

/// <summary>Deletes objects. Thread-safe.</summary>
internal sealed class ObjectDeleter(ObjectStore store, ObjectPreparation preparation)
{
    private const int Attempts = 20;
    private const long DefaultPodGraceSeconds = 30;

    private static readonly string[] ProtectedNamespaces = ["default", "kube-system", "kube-public"];

    /// <summary>Deletes an object, or marks it as being deleted when something still has to be done before.</summary>
    /// <exception cref="ApiException">It does not exist, or a precondition does not hold.</exception>
    public async Task<DeleteOutcome> DeleteAsync(WriteRequest request, DeleteOptions options)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var stored = store.Get(request.Key) ?? throw request.NotFound();
            var live = ObjectCodec.Decode(stored, request.Definition);
            DemandPreconditions(request, options, live);
            using var admission = preparation.Admit(request, AdmissionOperation.Delete, null, live);
            var obj = live.DeepClone().AsObject();
            SetPropagationFinalizers(obj, options.Propagation);
            MarkDeleted(request, options, obj);
            var removes = ObjectUpdater.IsFinished(obj);
            if (options.DryRun || (!removes && JsonNode.DeepEquals(obj, live)))
            {
                return new DeleteOutcome(stored with { Value = ObjectCodec.Encode(obj, request.Definition) }, removes);
            }

            var mutation = removes ? ObjectUpdater.Removal(stored) : Mutation.Store(request.Key, stored, obj, request.Definition);
            var result = await store.WriteAsync(mutation);
            if (result.Outcome == MutationOutcome.Stored)
            {
                return new DeleteOutcome(removes ? stored with { Revision = result.Revision } : new StoredObject(request.Key, result.Revision, mutation.Value!), removes);
            }
        }

        throw request.Modified();
    }

    private static void DemandPreconditions(WriteRequest request, DeleteOptions options, JsonObject live)
    {
        var metadata = live.Metadata();
        if (options.Uid is { } uid && uid != metadata.Text("uid"))
        {
            throw request.Conflict($"Precondition failed: UID in precondition: {uid}, UID in object meta: {metadata.Text("uid")}");
        }

        if (options.ResourceVersion is { } version && version != metadata.Text("resourceVersion"))
        {
            throw request.Conflict($"Precondition failed: resourceVersion in precondition: {version}, resourceVersion in object meta: {metadata.Text("resourceVersion")}");
        }

        if (request.Definition.StorageKey == "namespaces" && ProtectedNamespaces.Contains(request.Name))
        {
            throw ApiException.Forbidden("", "namespaces", request.Name, "this namespace may not be deleted");
        }
    }

    private static void SetPropagationFinalizers(JsonObject obj, Propagation? propagation)
    {
        if (propagation is null)
        {
            return;
        }

        var finalizers = obj.Finalizers();
        Set(ObjectMetadata.ForegroundFinalizer, propagation == Propagation.Foreground);
        Set(ObjectMetadata.OrphanFinalizer, propagation == Propagation.Orphan);
        obj.SetFinalizers(finalizers);

        void Set(string finalizer, bool wanted)
        {
            if (wanted && !finalizers.Contains(finalizer))
            {
                finalizers.Add(finalizer);
            }
            else if (!wanted)
            {
                finalizers.Remove(finalizer);
            }
        }
    }

    private void MarkDeleted(WriteRequest request, DeleteOptions options, JsonObject obj)
    {
        var metadata = obj.Metadata();
        var grace = request.Definition.StorageKey == "pods" ? PodGrace(obj, options.GracePeriodSeconds) : 0;
        if (obj.IsTerminating())
        {
            // A second deletion may only shorten what is left.
            if (metadata.Integer("deletionGracePeriodSeconds") is { } present && grace < present && (options.GracePeriodSeconds is not null || grace == 0))
            {
                metadata["deletionGracePeriodSeconds"] = grace;
                metadata["deletionTimestamp"] = ObjectMetadata.Format(preparation.Now + TimeSpan.FromSeconds(grace));
            }

            return;
        }

        metadata["deletionTimestamp"] = ObjectMetadata.Format(preparation.Now + TimeSpan.FromSeconds(grace));
        metadata["deletionGracePeriodSeconds"] = grace;
        if (metadata.Integer("generation") is { } generation)
        {
            metadata["generation"] = generation + 1;
        }

        if (request.Definition.StorageKey == "namespaces")
        {
            var status = obj["status"] as JsonObject ?? [];
            status["phase"] = "Terminating";
            obj["status"] = status;
        }
    }

    /// <summary>Pods end gracefully, unless no kubelet runs them (k8s.io/kubernetes/pkg/registry/core/pod, CheckGracefulDelete).</summary>
    private static long PodGrace(JsonObject pod, long? requested)
    {
        var spec = pod["spec"] as JsonObject ?? [];
        var phase = (pod["status"] as JsonObject)?.Text("phase");
        return (spec.Text("nodeName") ?? "").Length == 0 || phase is "Succeeded" or "Failed"
            ? 0
            : requested ?? spec.Integer("terminationGracePeriodSeconds") ?? DefaultPodGraceSeconds;
    }
}

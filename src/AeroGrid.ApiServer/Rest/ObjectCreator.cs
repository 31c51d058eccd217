using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Namespaces;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Creates objects. Thread-safe.</summary>
internal sealed class ObjectCreator(ObjectStore store, ObjectPreparation preparation, NamespaceIndex namespaces)
{
    private const int GeneratedNameAttempts = 8;

    /// <summary>Creates an object from a body that <see cref="ObjectPreparation.TakeBody"/> has taken.</summary>
    /// <returns>The object as stored; revision 0 for a dry run.</returns>
    /// <exception cref="ApiException">It exists, is not valid, or its namespace is not there.</exception>
    public async Task<StoredObject> CreateAsync(WriteRequest request, JsonObject obj)
    {
        var metadata = obj.Metadata();
        if (metadata.Text("resourceVersion") is { Length: > 0 })
        {
            throw ApiException.BadRequest("resourceVersion should not be set on objects to be created");
        }

        if (request.Definition.Namespaced)
        {
            namespaces.DemandForCreate(request, metadata.Text("name") ?? "");
        }

        var generated = (metadata.Text("name") ?? "").Length == 0 && metadata.Text("generateName") is { Length: > 0 };
        for (var attempt = 1; ; attempt++)
        {
            var candidate = generated ? obj.DeepClone().AsObject() : obj;
            var stored = await TryCreateAsync(request, candidate, isApply: false);
            if (stored is not null)
            {
                return stored;
            }

            if (!generated || attempt == GeneratedNameAttempts)
            {
                throw ApiException.AlreadyExists(request.Definition.Group, request.Definition.Plural, candidate.Metadata().Text("name")!);
            }
        }
    }

    /// <summary>One attempt.</summary>
    /// <param name="request">The request.</param>
    /// <param name="obj">The object; changed in place.</param>
    /// <param name="isApply">Ownership of fields is in the object already.</param>
    /// <returns>The object as stored, or null when the name is taken.</returns>
    public async Task<StoredObject?> TryCreateAsync(WriteRequest request, JsonObject obj, bool isApply)
    {
        Complete(request, obj);
        request.Definition.Schema.ApplyDefaults(obj);
        using var admission = preparation.Admit(request, AdmissionOperation.Create, obj, null);
        if (!isApply)
        {
            preparation.Fields.Track(request.Definition, null, obj, request.FieldManager(preparation.Now));
        }

        ObjectPreparation.Validate(request, obj, null);
        var key = request.Key with { Name = obj.Metadata().Text("name")! };
        var mutation = Mutation.Store(key, null, obj, request.Definition) with { Guard = request.Definition.Namespaced ? MutationGuard.NamespaceExists : MutationGuard.None };
        if (request.Options.DryRun)
        {
            return store.Get(key) is null ? new StoredObject(key, 0, mutation.Value!) : null;
        }

        var result = await store.WriteAsync(mutation);
        return result.Outcome switch
        {
            MutationOutcome.Stored => new StoredObject(key, result.Revision, mutation.Value!),
            MutationOutcome.Refused => throw ApiException.NotFound("", "namespaces", key.Namespace),
            _ => null,
        };
    }

    private void Complete(WriteRequest request, JsonObject obj)
    {
        var metadata = obj.Metadata();
        if ((metadata.Text("name") ?? "").Length == 0 && metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            metadata["name"] = ObjectMetadata.GenerateName(prefix);
        }

        if ((metadata.Text("name") ?? "").Length == 0)
        {
            throw ApiException.Invalid(
                request.Definition.Group,
                request.Definition.Kind,
                "",
                [new FieldError("metadata.name", FieldErrorReasons.Required, "Required value: name or generateName is required")]);
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = ObjectMetadata.Format(preparation.Now);
        foreach (var field in (ReadOnlySpan<string>)["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"])
        {
            metadata.Remove(field);
        }

        if (request.Definition.HasGeneration)
        {
            metadata["generation"] = 1;
        }

        if (request.Definition.HasStatus)
        {
            obj.Remove("status");
        }
    }
}

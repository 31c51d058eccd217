using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Apply;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Rest;

/// <summary>What happens to every object on its way into the store, whichever verb brings it. Thread-safe.</summary>
internal sealed class ObjectPreparation(IFieldManager fields, IEnumerable<IAdmission> admissions, TimeProvider time)
{
    private static readonly string[] SystemMetadata = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

    private readonly IAdmission[] _admissions = [.. admissions];

    /// <summary>Now.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Field ownership.</summary>
    public IFieldManager Fields => fields;

    /// <summary>Checks that a decoded body is an object of the request's kind, fills in what it leaves out, and drops unknown fields.</summary>
    /// <exception cref="ApiException">400.</exception>
    public static JsonObject TakeBody(WriteRequest request, JsonNode? body, IReadOnlyList<string> duplicates)
    {
        if (body is not JsonObject obj)
        {
            throw ApiException.BadRequest("the body must be a JSON or YAML object with apiVersion, kind and metadata");
        }

        TakeKind(request, obj);
        if (obj["metadata"] is not (null or JsonObject))
        {
            throw ApiException.BadRequest("metadata must be an object");
        }

        TakePlace(request, obj.Metadata());
        ReportUnknownFields(request, request.Definition.Schema.Prune(obj), duplicates);
        return obj;
    }

    /// <summary>Tells fields that were dropped as <c>fieldValidation</c> says.</summary>
    /// <exception cref="ApiException">400 when it says Strict.</exception>
    public static void ReportUnknownFields(WriteRequest request, IReadOnlyList<string> unknown, IReadOnlyList<string> duplicates)
    {
        if ((unknown.Count == 0 && duplicates.Count == 0) || request.Options.Validation == FieldValidation.Ignore)
        {
            return;
        }

        var found = unknown.Select(f => $"unknown field \"{f}\"").Concat(duplicates.Select(f => $"duplicate field \"{f}\"")).ToList();
        if (request.Options.Validation == FieldValidation.Strict)
        {
            var definition = request.Definition;
            throw ApiException.BadRequest(
                $"{definition.Kind} in version \"{definition.Version}\" cannot be handled as a {definition.Kind}: strict decoding error: {string.Join(", ", found)}");
        }

        request.Warnings.AddRange(found);
    }

    /// <summary>Takes what only the system writes from the stored object.</summary>
    public static void KeepSystemMetadata(JsonObject obj, JsonObject live)
    {
        var (metadata, liveMetadata) = (obj.Metadata(), live.Metadata());
        foreach (var name in SystemMetadata)
        {
            Copy(name, liveMetadata, metadata);
        }

        metadata.Remove("selfLink");
        if (!metadata.ContainsKey("managedFields"))
        {
            Copy("managedFields", liveMetadata, metadata);
        }
    }

    /// <summary>Ordinary writes keep the stored status; writes of status keep everything else.</summary>
    /// <returns>The object to store.</returns>
    public static JsonObject KeepOtherParts(WriteRequest request, JsonObject obj, JsonObject live)
    {
        if (request.Subresource != "status")
        {
            // Binding is the one write of both: where a pod runs, and that it is scheduled.
            if (request.Definition.HasStatus && request.Subresource != "binding")
            {
                Copy("status", live, obj);
            }

            return obj;
        }

        var result = live.DeepClone().AsObject();
        Copy("status", obj, result);
        Copy("managedFields", obj.Metadata(), result.Metadata());
        return result;
    }

    /// <summary>Runs the admission plug-ins.</summary>
    /// <returns>To be disposed when the write is over.</returns>
    public AdmissionRequest Admit(WriteRequest request, AdmissionOperation operation, JsonObject? obj, JsonObject? old)
    {
        var admission = new AdmissionRequest(request.Definition, operation, request.Subresource, obj, old, request.User, request.Options.DryRun);
        try
        {
            foreach (var plugin in _admissions)
            {
                plugin.Admit(admission);
            }

            return admission;
        }
        catch
        {
            admission.Dispose();
            throw;
        }
    }

    /// <summary>Validates by the schema and the rules of metadata.</summary>
    /// <exception cref="ApiException">422 with every violation.</exception>
    public static void Validate(WriteRequest request, JsonObject obj, JsonObject? old)
    {
        IReadOnlyList<FieldError> errors = request.Definition.Schema.Validate(obj, old);
        if (old is not null && old.IsTerminating())
        {
            var added = obj.Finalizers().Except(old.Finalizers()).ToList();
            if (added.Count > 0)
            {
                errors =
                [
                    .. errors,
                    new FieldError(
                        "metadata.finalizers",
                        FieldErrorReasons.Forbidden,
                        $"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers {string.Join(", ", added)}"),
                ];
            }
        }

        if (errors.Count > 0)
        {
            throw ApiException.Invalid(request.Definition.Group, request.Definition.Kind, obj.Metadata().Text("name") ?? "", errors);
        }
    }

    private static void Copy(string name, JsonObject from, JsonObject to)
    {
        if (from.TryGetPropertyValue(name, out var value))
        {
            to[name] = value?.DeepClone();
        }
        else
        {
            to.Remove(name);
        }
    }

    private static void TakeKind(WriteRequest request, JsonObject obj)
    {
        var definition = request.Definition;
        var (apiVersion, kind) = (obj.Text("apiVersion") ?? "", obj.Text("kind") ?? "");
        if (apiVersion.Length > 0 && apiVersion != definition.ApiVersion)
        {
            throw ApiException.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({definition.ApiVersion})");
        }

        if (kind.Length > 0 && kind != definition.Kind)
        {
            throw ApiException.BadRequest($"the kind in the data ({kind}) does not match the kind of this URL ({definition.Kind})");
        }

        obj["apiVersion"] = definition.ApiVersion;
        obj["kind"] = definition.Kind;
    }

    private static void TakePlace(WriteRequest request, JsonObject metadata)
    {
        var inBody = metadata.Text("namespace") ?? "";
        if (inBody.Length > 0 && inBody != request.Namespace)
        {
            throw ApiException.BadRequest(
                request.Definition.Namespaced
                    ? "the namespace of the provided object does not match the namespace sent on the request"
                    : $"metadata.namespace must be empty: {request.Definition.Plural} do not live in namespaces");
        }

        if (request.Definition.Namespaced)
        {
            metadata["namespace"] = request.Namespace;
        }

        var name = metadata.Text("name") ?? "";
        if (request.Name.Length > 0)
        {
            if (name.Length > 0 && name != request.Name)
            {
                throw ApiException.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Name})");
            }

            metadata["name"] = request.Name;
        }
    }
}

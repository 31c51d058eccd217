using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Resources.BuiltIn;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>
/// Serves <c>serviceaccounts/token</c>: a TokenRequest is answered with a token (<c>kubectl create token</c>,
/// https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/). Nothing is stored. Thread-safe.
/// </summary>
internal sealed class TokenRequestHandler(IObjectReader reader, ServiceAccountTokens tokens, TimeProvider time) : ISubresourceHandler
{
    private const long DefaultSeconds = 3600;
    private const long LeastSeconds = 600;
    private const long MostSeconds = 1L << 32;

    private static readonly ResourceDefinition Definition = new()
    {
        Group = "authentication.k8s.io",
        Version = "v1",
        Kind = "TokenRequest",
        Plural = "tokenrequests",
        Singular = "tokenrequest",
        Namespaced = true,
        Schema = new StructuralSchema(() => BuiltInSchemas.Get("Authenticationv1TokenRequest"), namespaced: true, hasMetadata: false),
    };

    /// <inheritdoc/>
    public string StorageKey => ServiceAccountName.StorageKey;

    /// <inheritdoc/>
    public async Task<bool> TryServeAsync(HttpContext context, WriteRequest request)
    {
        if (context.Request.Method != "POST" || request.Subresource != "token")
        {
            return false;
        }

        var body = await RequestBody.ReadAsync(context);
        var obj = ObjectPreparation.TakeBody(request with { Definition = Definition }, body.Node, body.Duplicates);
        Definition.Schema.ApplyDefaults(obj);
        var uid = reader.Get(StorageKey, request.Namespace, request.Name).TextAt("metadata", "uid") ?? throw request.NotFound();
        Answer(obj, new ServiceAccountName(request.Namespace, request.Name), uid);
        await ResponseBody.WriteAsync(context, 201, obj, ResponseFormat.Of(context).Yaml);
        return true;
    }

    /// <summary>Fills in what the request leaves out, and the token.</summary>
    private void Answer(JsonObject obj, ServiceAccountName account, string uid)
    {
        var errors = new List<FieldError>(Definition.Schema.Validate(obj, null));
        DemandNone(account, errors);
        var spec = obj.Ensure("spec");
        if (spec.ArrayAt("audiences") is not { Count: > 0 })
        {
            spec["audiences"] = new JsonArray(ServiceAccountTokens.Issuer);
        }

        spec.SetDefault("expirationSeconds", DefaultSeconds);
        var seconds = spec.IntegerAt("expirationSeconds") ?? 0;
        CheckExpiration(seconds, errors);
        var binding = ReadBinding(account, spec.ObjectAt("boundObjectRef"), errors);
        DemandNone(account, errors);

        var (token, expires) = tokens.Make(account, uid, ObjectMetadata.Strings(spec["audiences"]), TimeSpan.FromSeconds(seconds), binding);
        obj.Metadata()["name"] = account.Name;
        obj.Metadata()["creationTimestamp"] = ObjectMetadata.Format(time.GetUtcNow());
        obj["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = ObjectMetadata.Format(expires) };
    }

    private static void CheckExpiration(long seconds, List<FieldError> errors)
    {
        var path = FieldPath.Root.Fields("spec", "expirationSeconds");
        if (seconds < LeastSeconds)
        {
            errors.Add(FieldErrors.Invalid(path, seconds, "may not specify a duration less than 10 minutes"));
        }
        else if (seconds > MostSeconds)
        {
            errors.Add(FieldErrors.Invalid(path, seconds, "may not specify a duration larger than 2^32 seconds"));
        }
    }

    private TokenBinding? ReadBinding(ServiceAccountName account, JsonObject? reference, List<FieldError> errors)
    {
        if (reference is null)
        {
            return null;
        }

        var path = FieldPath.Root.Fields("spec", "boundObjectRef");
        var (kind, name) = (reference.Text("kind") ?? "", reference.Text("name") ?? "");
        if (!TokenBinding.Kinds.Contains(kind) || reference.Text("apiVersion") is not (null or "" or "v1"))
        {
            errors.Add(FieldErrors.NotSupported(path.Field("kind"), kind, TokenBinding.Kinds.Select(k => $"\"{k}\"")));
            return null;
        }

        var binding = new TokenBinding(kind, name, reference.Text("uid") ?? "");
        var bound = binding.Find(reader, account.Namespace);
        var uid = bound.TextAt("metadata", "uid");
        if (uid is null)
        {
            errors.Add(FieldErrors.NotFound(path.Field("name"), name));
            return null;
        }

        if (binding.Uid.Length > 0 && binding.Uid != uid)
        {
            throw ApiException.Conflict(Definition.Group, "serviceaccounts/token", account.Name, $"the UID in the bound object reference ({binding.Uid}) does not match the UID in record, the object may have been deleted and recreated ({uid})");
        }

        if (kind == "Pod" && bound.TextAt("spec", "serviceAccountName") != account.Name)
        {
            errors.Add(FieldErrors.Invalid(path.Field("name"), name, $"the pod runs as the service account {bound.TextAt("spec", "serviceAccountName")}, not as {account.Name}"));
        }

        return binding with { Uid = uid };
    }

    private static void DemandNone(ServiceAccountName account, List<FieldError> errors)
    {
        if (errors.Count > 0)
        {
            throw ApiException.Invalid(Definition.Group, Definition.Kind, account.Name, errors);
        }
    }
}

using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Authorization;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Reviews;

/// <summary>Reads and writes the parts that the reviews have in common.</summary>
internal static class ReviewBody
{
    /// <summary>What an access review asks about: exactly one of resourceAttributes and nonResourceAttributes.</summary>
    /// <exception cref="ApiException">422.</exception>
    public static RequestAttributes ReadAttributes(JsonObject body, string kind)
    {
        var resource = body["spec"]?["resourceAttributes"] as JsonObject;
        var other = body["spec"]?["nonResourceAttributes"] as JsonObject;
        if (resource is null == other is null)
        {
            throw Invalid(kind, "spec.resourceAttributes", "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }

        return resource is not null
            ? new RequestAttributes(
                Text(resource, "verb") ?? "",
                Text(resource, "group") ?? "",
                Text(resource, "resource") ?? "",
                Text(resource, "subresource"),
                Text(resource, "namespace"),
                Text(resource, "name"))
            : new RequestAttributes(Text(other!, "verb") ?? "", "", null, Path: Text(other!, "path") ?? "");
    }

    /// <summary>The user that a review names.</summary>
    /// <exception cref="ApiException">422: neither a user nor a group.</exception>
    public static UserInfo ReadUser(JsonObject body, string kind)
    {
        var spec = body["spec"] as JsonObject ?? [];
        string[] groups = spec["groups"] is JsonArray list ? [.. list.Select(g => (string?)g ?? "")] : [];
        var name = Text(spec, "user") ?? "";
        return name.Length > 0 || groups.Length > 0
            ? new UserInfo(name, groups)
            : throw Invalid(kind, "spec.user", "at least one of user or group must be specified");
    }

    /// <summary><c>status</c> of an access review.</summary>
    public static JsonObject ToStatus(AuthorizationDecision decision)
    {
        var status = new JsonObject { ["allowed"] = decision.Allowed };
        if (decision.Reason.Length > 0)
        {
            status["reason"] = decision.Reason;
        }

        return status;
    }

    /// <summary>A user as <c>authentication.k8s.io/v1</c> UserInfo.</summary>
    public static JsonObject ToJson(UserInfo user)
    {
        var json = new JsonObject { ["username"] = user.Name, ["groups"] = ToArray(user.Groups) };
        if (user.Uid is not null)
        {
            json["uid"] = user.Uid;
        }

        if (user.Extra is { Count: > 0 } extra)
        {
            json["extra"] = new JsonObject(extra.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)ToArray(e.Value))));
        }

        return json;
    }

    /// <summary>The body with a status.</summary>
    public static JsonObject WithStatus(JsonObject body, JsonObject status)
    {
        body["status"] = status;
        return body;
    }

    /// <summary>422 with one cause.</summary>
    public static ApiException Invalid(string kind, string field, string message) =>
        ApiException.Invalid("authorization.k8s.io", kind, "", [new FieldError(field, FieldErrorReasons.Invalid, message)]);

    private static JsonArray ToArray(IReadOnlyList<string> values) => [.. values.Select(v => JsonValue.Create(v))];

    private static string? Text(JsonObject obj, string field) => (string?)obj[field] is { Length: > 0 } text ? text : null;
}

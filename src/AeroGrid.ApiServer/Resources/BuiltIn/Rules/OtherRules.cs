using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>Rules of LimitRanges: of max, default and defaultRequest each falls back to the one before.</summary>
internal sealed class LimitRangeRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        foreach (var item in obj.ObjectsAt("spec", "limits").Where(i => i.TextAt("type") == "Container"))
        {
            Copy(item, "max", "default");
            Copy(item, "default", "defaultRequest");
            Copy(item, "min", "defaultRequest");
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
    }

    private static void Copy(JsonObject item, string from, string to)
    {
        foreach (var (name, value) in item.ObjectAt(from) ?? [])
        {
            item.Ensure(to).SetDefault(name, value!.DeepClone());
        }
    }
}

/// <summary>Rules of EndpointSlices.</summary>
internal sealed class EndpointSliceRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        var type = obj.TextAt("addressType");
        if (old is not null && old.TextAt("addressType") != type)
        {
            errors.Add(FieldErrors.Immutable(FieldPath.Root.Field("addressType"), type));
        }

        var index = 0;
        foreach (var endpoint in obj.ObjectsAt("endpoints"))
        {
            var path = FieldPath.Root.Field("endpoints").Index(index++).Field("addresses");
            var addresses = endpoint.ArrayAt("addresses")!;
            for (var i = 0; i < addresses.Count; i++)
            {
                if (Wrong(type, addresses[i].AsText()!) is { } wrong)
                {
                    errors.Add(FieldErrors.Invalid(path.Index(i), addresses[i], wrong));
                }
            }
        }
    }

    private static string? Wrong(string? type, string address) => type switch
    {
        "IPv4" => IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork ? null : "must be an IPv4 address",
        "IPv6" => IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? null : "must be an IPv6 address",
        _ => Names.Subdomain(address),
    };
}

/// <summary>Rules of NetworkPolicies: a policy is about incoming traffic, and about outgoing when it names egress rules.</summary>
internal sealed class NetworkPolicyRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        if (obj["spec"] is JsonObject spec && spec.ArrayAt("policyTypes") is not { Count: > 0 })
        {
            spec["policyTypes"] = spec.ArrayAt("egress") is { Count: > 0 } ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress");
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
    }
}

/// <summary>Rules of role bindings of both scopes: what a binding grants never changes.</summary>
internal sealed class RoleBindingRules : IKindRules
{
    private const string Group = "rbac.authorization.k8s.io";

    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        foreach (var subject in obj.ObjectsAt("subjects"))
        {
            if (subject.TextAt("kind") is "User" or "Group")
            {
                subject.SetDefault("apiGroup", Group);
            }
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        if (old is not null && !JsonNode.DeepEquals(old["roleRef"], obj["roleRef"]))
        {
            errors.Add(FieldErrors.Invalid(FieldPath.Root.Field("roleRef"), obj["roleRef"], "cannot change roleRef; delete the binding and create it anew"));
        }

        var index = 0;
        foreach (var subject in obj.ObjectsAt("subjects"))
        {
            var path = FieldPath.Root.Field("subjects").Index(index++);
            if (subject.TextAt("kind") == "ServiceAccount" && subject.TextAt("namespace") is null or "")
            {
                errors.Add(FieldErrors.Required(path.Field("namespace"), "a service account is in a namespace"));
            }
        }
    }
}

using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>What ConfigMaps and Secrets share: keys, total size, immutability.</summary>
internal static class ConfigData
{
    /// <summary>The limit of Kubernetes for the data of one object.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>Adds the violations of keys.</summary>
    public static void CheckKeys(JsonObject? data, FieldPath path, List<FieldError> errors)
    {
        foreach (var (key, _) in data ?? [])
        {
            if (Names.ConfigKey(key) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(path.Key(key), key, wrong));
            }
        }
    }

    /// <summary>Adds a violation when the fields together are too large.</summary>
    public static void CheckSize(long bytes, string kind, List<FieldError> errors)
    {
        if (bytes > MostBytes)
        {
            errors.Add(new FieldError(
                "data", FieldErrorReasons.TooLong,
                $"Too long: may not be more than {MostBytes} bytes, this {kind} has {bytes}; split the content or store it elsewhere"));
        }
    }

    /// <summary>Adds violations when an immutable object would change.</summary>
    public static void CheckImmutable(JsonObject obj, JsonObject? old, string kind, List<FieldError> errors)
    {
        if (old.BooleanAt("immutable") != true)
        {
            return;
        }

        if (obj.BooleanAt("immutable") != true)
        {
            errors.Add(FieldErrors.Forbidden(FieldPath.Root.Field("immutable"), $"field is immutable when `immutable` is set; delete the {kind} and create it anew"));
        }

        foreach (var field in (ReadOnlySpan<string>)["data", "binaryData", "stringData"])
        {
            if (!JsonNode.DeepEquals(Content(obj, field), Content(old!, field)))
            {
                errors.Add(FieldErrors.Forbidden(FieldPath.Root.Field(field), $"field is immutable when `immutable` is set; create a {kind} of another name"));
            }
        }
    }

    private static JsonObject? Content(JsonObject obj, string field) => obj.ObjectAt(field) is { Count: > 0 } content ? content : null;
}

/// <summary>Rules of ConfigMaps.</summary>
internal sealed class ConfigMapRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        ConfigData.CheckImmutable(obj, old, "ConfigMap", errors);
        var data = obj.ObjectAt("data");
        var binary = obj.ObjectAt("binaryData");
        ConfigData.CheckKeys(data, FieldPath.Root.Field("data"), errors);
        ConfigData.CheckKeys(binary, FieldPath.Root.Field("binaryData"), errors);
        foreach (var (key, _) in binary ?? [])
        {
            if (data?.ContainsKey(key) == true)
            {
                errors.Add(FieldErrors.Invalid(FieldPath.Root.Field("data").Key(key), key, "duplicate of key present in binaryData"));
            }
        }

        ConfigData.CheckSize(
            (data ?? []).Sum(d => (long)Encoding.UTF8.GetByteCount(d.Value.AsText() ?? "")) + (binary ?? []).Sum(d => (d.Value.AsText()?.Length ?? 0) * 3L / 4),
            "ConfigMap", errors);
    }
}

/// <summary>Rules of Secrets: stringData is written into data, the type never changes.</summary>
internal sealed class SecretRules : IKindRules
{
    private static readonly Dictionary<string, string[]> RequiredKeys = new()
    {
        ["kubernetes.io/basic-auth"] = [],
        ["kubernetes.io/ssh-auth"] = ["ssh-privatekey"],
        ["kubernetes.io/tls"] = ["tls.crt", "tls.key"],
        ["kubernetes.io/dockerconfigjson"] = [".dockerconfigjson"],
        ["kubernetes.io/dockercfg"] = [".dockercfg"],
    };

    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        if (obj["stringData"] is not JsonObject texts || texts.Any(t => t.Value.AsText() is null))
        {
            return;
        }

        obj.Remove("stringData");
        if (texts.Count > 0)
        {
            var data = obj.Ensure("data");
            foreach (var (key, value) in texts)
            {
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.AsText()!));
            }
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        ConfigData.CheckImmutable(obj, old, "Secret", errors);
        var data = obj.ObjectAt("data");
        var path = FieldPath.Root.Field("data");
        ConfigData.CheckKeys(data, path, errors);
        ConfigData.CheckSize((data ?? []).Sum(d => (d.Value.AsText()?.Length ?? 0) * 3L / 4), "Secret", errors);
        var type = obj.TextAt("type") ?? "";
        if (old is not null && old.TextAt("type") != type)
        {
            errors.Add(FieldErrors.Immutable(FieldPath.Root.Field("type"), type));
        }

        foreach (var key in RequiredKeys.GetValueOrDefault(type) ?? [])
        {
            if (data?.ContainsKey(key) != true)
            {
                errors.Add(FieldErrors.Required(path.Key(key), $"a secret of type {type} has it"));
            }
        }

        if (type == "kubernetes.io/basic-auth" && data?.ContainsKey("username") != true && data?.ContainsKey("password") != true)
        {
            errors.Add(FieldErrors.Required(path.Key("username"), "a secret of type kubernetes.io/basic-auth has username, password or both"));
        }
    }
}

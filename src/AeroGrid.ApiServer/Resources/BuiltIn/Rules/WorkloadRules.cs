using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>What Deployments and ReplicaSets share: a selector that selects their own template and never changes.</summary>
internal static class Workload
{
    /// <summary>Adds violations of selector and template.</summary>
    public static void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        var path = FieldPath.Root.Field("spec");
        var selector = obj.ObjectAt("spec", "selector");
        if (selector is not null && selector.ObjectAt("matchLabels") is not { Count: > 0 } && selector.ArrayAt("matchExpressions") is not { Count: > 0 })
        {
            errors.Add(FieldErrors.Invalid(path.Field("selector"), selector, "empty selector is invalid for deployment"));
        }

        var labels = obj.ObjectAt("spec", "template", "metadata", "labels");
        MetadataValidator.CheckLabels(labels, path.Fields("template", "metadata", "labels"), errors);
        MetadataValidator.CheckLabels(selector.ObjectAt("matchLabels"), path.Fields("selector", "matchLabels"), errors);
        if (!Selects(selector, labels))
        {
            errors.Add(FieldErrors.Invalid(path.Fields("template", "metadata", "labels"), labels, "`selector` does not match template `labels`"));
        }

        if (old?.At("spec", "selector") is { } before && !JsonNode.DeepEquals(before, selector))
        {
            errors.Add(FieldErrors.Immutable(path.Field("selector"), selector));
        }

        ValidateTemplate(obj, "Always", errors);
    }

    /// <summary>Adds violations of the pod template.</summary>
    public static void ValidateTemplate(JsonObject obj, string? restartPolicy, List<FieldError> errors)
    {
        var path = FieldPath.Root.Fields("spec", "template", "spec");
        var spec = obj.ObjectAt("spec", "template", "spec");
        if (spec is null)
        {
            errors.Add(FieldErrors.Required(path));
            return;
        }

        PodTemplate.Validate(spec, path, errors);
        if (restartPolicy is not null && spec.TextAt("restartPolicy") != restartPolicy)
        {
            errors.Add(FieldErrors.NotSupported(path.Field("restartPolicy"), spec["restartPolicy"], [$"\"{restartPolicy}\""]));
        }
    }

    private static bool Selects(JsonObject? selector, JsonObject? labels)
    {
        foreach (var (key, value) in selector.ObjectAt("matchLabels") ?? [])
        {
            if (labels.TextAt(key) != value.AsText())
            {
                return false;
            }
        }

        return selector.ObjectsAt("matchExpressions").All(e =>
        {
            var has = labels.TextAt(e.TextAt("key")!);
            var listed = has is not null && (e.ArrayAt("values") ?? []).Any(v => v.AsText() == has);
            return e.TextAt("operator") switch
            {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => has is not null,
                _ => has is null,
            };
        });
    }
}

/// <summary>Rules of Deployments.</summary>
internal sealed class DeploymentRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        PodTemplate.ApplyDefaults(obj.ObjectAt("spec", "template", "spec"));
        if (obj.ObjectAt("spec", "strategy") is { } strategy && strategy.TextAt("type") == "RollingUpdate")
        {
            var rolling = strategy.Ensure("rollingUpdate");
            rolling.SetDefault("maxUnavailable", "25%");
            rolling.SetDefault("maxSurge", "25%");
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        Workload.Validate(obj, old, errors);
        var path = FieldPath.Root.Fields("spec", "strategy", "rollingUpdate");
        var rolling = obj.ObjectAt("spec", "strategy", "rollingUpdate");
        if (rolling is null)
        {
            return;
        }

        if (obj.TextAt("spec", "strategy", "type") == "Recreate")
        {
            errors.Add(FieldErrors.Forbidden(path, "may not be specified when strategy `type` is 'Recreate'"));
            return;
        }

        CheckAmount(rolling["maxSurge"], path.Field("maxSurge"), errors);
        CheckAmount(rolling["maxUnavailable"], path.Field("maxUnavailable"), errors);
        if (IsZero(rolling["maxSurge"]) && IsZero(rolling["maxUnavailable"]))
        {
            errors.Add(FieldErrors.Invalid(path.Field("maxUnavailable"), rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0"));
        }
    }

    private static bool IsZero(JsonNode? amount) => amount.AsInteger() == 0 || amount.AsText() == "0%";

    private static void CheckAmount(JsonNode? amount, FieldPath path, List<FieldError> errors)
    {
        if (amount.AsInteger() < 0)
        {
            errors.Add(FieldErrors.Invalid(path, amount, "must be greater than or equal to 0"));
        }
        else if (amount.AsText() is { } text && !(text.EndsWith('%') && text.Length is > 1 and < 6 && text[..^1].All(char.IsAsciiDigit)))
        {
            errors.Add(FieldErrors.Invalid(path, amount, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')"));
        }
    }
}

/// <summary>Rules of ReplicaSets.</summary>
internal sealed class ReplicaSetRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj) => PodTemplate.ApplyDefaults(obj.ObjectAt("spec", "template", "spec"));

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors) => Workload.Validate(obj, old, errors);
}

/// <summary>Rules of ControllerRevisions: data never changes.</summary>
internal sealed class ControllerRevisionRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        if (obj["data"] is null)
        {
            errors.Add(FieldErrors.Required(FieldPath.Root.Field("data"), "data is mandatory"));
        }

        if (obj.IntegerAt("revision") < 0)
        {
            errors.Add(FieldErrors.Invalid(FieldPath.Root.Field("revision"), obj["revision"], "must be greater than or equal to 0"));
        }

        if (old is not null && !JsonNode.DeepEquals(old["data"], obj["data"]))
        {
            errors.Add(FieldErrors.Immutable(FieldPath.Root.Field("data"), obj["data"]));
        }
    }
}

/// <summary>Rules of Jobs: the server makes selector and labels from the job's uid unless the user manages them.</summary>
internal sealed class JobRules : IKindRules
{
    private const string UidLabel = "batch.kubernetes.io/controller-uid";

    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        if (obj["spec"] is not JsonObject spec)
        {
            return;
        }

        PodTemplate.ApplyDefaults(spec.ObjectAt("template", "spec"));
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }

        spec.SetDefault("parallelism", 1);
        spec.SetDefault("podReplacementPolicy", spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed");
        if (spec.BooleanAt("manualSelector") != true && obj.TextAt("metadata", "uid") is { Length: > 0 } uid && spec["template"] is JsonObject template)
        {
            GenerateSelector(spec, template, uid, obj.TextAt("metadata", "name") ?? "");
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        Workload.ValidateTemplate(obj, restartPolicy: null, errors);
        var path = FieldPath.Root.Field("spec");
        if (obj.TextAt("spec", "template", "spec", "restartPolicy") == "Always")
        {
            errors.Add(FieldErrors.Required(path.Fields("template", "spec", "restartPolicy"), "valid values: \"OnFailure\", \"Never\""));
        }

        if (old is null)
        {
            return;
        }

        foreach (var field in (ReadOnlySpan<string>)["selector", "template", "completionMode"])
        {
            if (!JsonNode.DeepEquals(old.At("spec", field), obj.At("spec", field)))
            {
                errors.Add(FieldErrors.Immutable(path.Field(field), obj.At("spec", field)));
            }
        }
    }

    private static void GenerateSelector(JsonObject spec, JsonObject template, string uid, string name)
    {
        var labels = template.Ensure("metadata").Ensure("labels");
        foreach (var (key, value) in new[] { (UidLabel, uid), ("controller-uid", uid), ("batch.kubernetes.io/job-name", name), ("job-name", name) })
        {
            labels[key] = value;
        }

        spec.Ensure("selector").Ensure("matchLabels")[UidLabel] = uid;
    }
}

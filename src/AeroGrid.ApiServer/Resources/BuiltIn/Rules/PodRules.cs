using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>Rules of pods. Most of a pod's spec never changes once it exists.</summary>
internal sealed class PodRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        if (obj["spec"] is not JsonObject spec)
        {
            return;
        }

        PodTemplate.ApplyDefaults(spec);
        spec.SetDefault("enableServiceLinks", true);
        var status = obj.Ensure("status");
        status.SetDefault("phase", "Pending");
        status.SetDefault("qosClass", QosClass(spec));
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        var path = FieldPath.Root.Field("spec");
        if (obj.ObjectAt("spec") is not { } spec)
        {
            errors.Add(FieldErrors.Required(path));
            return;
        }

        PodTemplate.Validate(spec, path, errors);
        if (old.ObjectAt("spec") is { } before && !JsonNode.DeepEquals(Fixed(spec, before), Fixed(before, before)))
        {
            errors.Add(FieldErrors.Forbidden(
                path,
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`," +
                "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"));
        }
    }

    /// <summary>The part of a pod's spec that never changes; the node is set once, by binding.</summary>
    private static JsonObject Fixed(JsonObject spec, JsonObject before)
    {
        var copy = (JsonObject)spec.DeepClone();
        foreach (var name in (ReadOnlySpan<string>)["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers", "schedulingGates"])
        {
            copy.Remove(name);
        }

        if (before.TextAt("nodeName") is null or "")
        {
            copy.Remove("nodeName");
        }

        foreach (var container in copy.ObjectsAt("containers").Concat(copy.ObjectsAt("initContainers")))
        {
            container.Remove("image");
        }

        return copy;
    }

    private static string QosClass(JsonObject spec)
    {
        var containers = spec.ObjectsAt("containers").Concat(spec.ObjectsAt("initContainers")).Select(c => c.ObjectAt("resources")).ToList();
        if (containers.All(r => r.ObjectAt("limits") is not { Count: > 0 } && r.ObjectAt("requests") is not { Count: > 0 }))
        {
            return "BestEffort";
        }

        static bool Equal(JsonObject? resources, string name) =>
            resources.At("limits", name) is { } limit && resources.At("requests", name) is { } request
            && Quantity.TryParse(limit, out var most) && Quantity.TryParse(request, out var least) && most == least;
        return containers.All(r => Equal(r, "cpu") && Equal(r, "memory")) ? "Guaranteed" : "Burstable";
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>
/// Rules of Services. There is no virtual IP on one machine: programs reach pods through the gateway or by EndpointSlices, therefore a
/// service without an address of its own becomes headless (<c>clusterIP: None</c>), which every client understands.
/// </summary>
internal sealed class ServiceRules : IKindRules
{
    private const string Headless = "None";

    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        if (obj["spec"] is not JsonObject spec)
        {
            return;
        }

        foreach (var port in spec.ObjectsAt("ports"))
        {
            if (port.IntegerAt("port") is { } number)
            {
                port.SetDefault("targetPort", number);
            }
        }

        var type = spec.TextAt("type");
        if (type == "ExternalName")
        {
            return;
        }

        if (spec.TextAt("clusterIP") is null or "")
        {
            spec["clusterIP"] = Headless;
        }

        spec.SetDefault("clusterIPs", new JsonArray(spec["clusterIP"]!.DeepClone()));
        spec.SetDefault("ipFamilies", new JsonArray("IPv4"));
        spec.SetDefault("ipFamilyPolicy", "SingleStack");
        spec.SetDefault("internalTrafficPolicy", "Cluster");
        if (type is "NodePort" or "LoadBalancer")
        {
            spec.SetDefault("externalTrafficPolicy", "Cluster");
        }

        if (spec.TextAt("sessionAffinity") == "ClientIP")
        {
            spec.Ensure("sessionAffinityConfig").Ensure("clientIP").SetDefault("timeoutSeconds", 10800);
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        var path = FieldPath.Root.Field("spec");
        var spec = obj.ObjectAt("spec");
        if (spec is null)
        {
            errors.Add(FieldErrors.Required(path));
            return;
        }

        var type = spec.TextAt("type");
        var ports = spec.ObjectsAt("ports").ToList();
        if (type == "ExternalName")
        {
            if (spec.TextAt("externalName") is null or "")
            {
                errors.Add(FieldErrors.Required(path.Field("externalName"), "a service of type ExternalName names a DNS name"));
            }
        }
        else if (ports.Count == 0 && spec.TextAt("clusterIP") != Headless)
        {
            errors.Add(FieldErrors.Required(path.Field("ports")));
        }

        CheckPorts(ports, path.Field("ports"), errors);
        MetadataValidator.CheckLabels(spec.ObjectAt("selector"), path.Field("selector"), errors);
        if (old.TextAt("spec", "clusterIP") is { Length: > 0 } address && type != "ExternalName" && old.TextAt("spec", "type") != "ExternalName"
            && spec.TextAt("clusterIP") != address)
        {
            errors.Add(FieldErrors.Immutable(path.Field("clusterIP"), spec["clusterIP"]));
        }
    }

    private static void CheckPorts(List<JsonObject> ports, FieldPath path, List<FieldError> errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < ports.Count; i++)
        {
            var at = path.Index(i);
            var name = ports[i].TextAt("name") ?? "";
            if (name.Length == 0)
            {
                if (ports.Count > 1)
                {
                    errors.Add(FieldErrors.Required(at.Field("name"), "every port has a name when there are several"));
                }
            }
            else if (Names.Label(name) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(at.Field("name"), name, wrong));
            }
            else if (!names.Add(name))
            {
                errors.Add(FieldErrors.Duplicate(at.Field("name"), name));
            }

            CheckTarget(ports[i]["targetPort"], at.Field("targetPort"), errors);
        }
    }

    private static void CheckTarget(JsonNode? target, FieldPath path, List<FieldError> errors)
    {
        if (target.AsInteger() is < 1 or > 65535)
        {
            errors.Add(FieldErrors.Invalid(path, target, "must be between 1 and 65535, inclusive"));
        }
        else if (target.Kind() == JsonValueKind.String && PodTemplate.WrongPortName(target.AsText()!) is { } wrong)
        {
            errors.Add(FieldErrors.Invalid(path, target, wrong));
        }
    }
}

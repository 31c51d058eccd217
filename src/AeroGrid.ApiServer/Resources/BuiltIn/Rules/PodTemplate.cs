using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>Defaults and validation of pod specs, in pods and in the templates of workloads.</summary>
internal static partial class PodTemplate
{
    /// <summary>Every other field of a volume is its type.</summary>
    private static readonly string[] NotSources = ["name"];

    /// <summary>Sets the defaults that depend on other fields.</summary>
    public static void ApplyDefaults(JsonObject? spec)
    {
        if (spec is null)
        {
            return;
        }

        foreach (var container in spec.ObjectsAt("containers").Concat(spec.ObjectsAt("initContainers")))
        {
            if (container.TextAt("image") is { } image)
            {
                container.SetDefault("imagePullPolicy", PullPolicy(image));
            }

            DefaultRequests(container.ObjectAt("resources"));
        }

        foreach (var volume in spec.ObjectsAt("volumes"))
        {
            if (volume.All(f => NotSources.Contains(f.Key)))
            {
                volume["emptyDir"] = new JsonObject();
            }
        }

        // Two names of one field, for old clients.
        if (spec.TextAt("serviceAccountName") is { } account)
        {
            spec["serviceAccount"] = account;
        }
        else if (spec.TextAt("serviceAccount") is { } older)
        {
            spec["serviceAccountName"] = older;
        }
    }

    /// <summary>Adds the violations of a pod spec.</summary>
    public static void Validate(JsonObject? spec, FieldPath path, List<FieldError> errors)
    {
        var volumes = CheckVolumes(spec, path, errors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            var index = 0;
            foreach (var container in spec.ObjectsAt(list))
            {
                CheckContainer(container, names, volumes, path.Field(list).Index(index++), errors);
            }
        }
    }

    /// <summary>What is wrong with the name of a port (IANA service name), or null.</summary>
    public static string? WrongPortName(string name) => name.Length switch
    {
        0 or > 15 => "must be no more than 15 characters",
        _ when !PortName().IsMatch(name) || name.Contains("--") || !name.Any(char.IsAsciiLetter) =>
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), no two hyphens in a row, and at least one letter",
        _ => null,
    };

    /// <summary><c>latest</c> may change at any time, hence it is always asked for.</summary>
    private static string PullPolicy(string image)
    {
        if (image.Contains('@'))
        {
            return "IfNotPresent";
        }

        var last = image[(image.LastIndexOf('/') + 1)..];
        return !last.Contains(':') || last.EndsWith(":latest", StringComparison.Ordinal) ? "Always" : "IfNotPresent";
    }

    private static void DefaultRequests(JsonObject? resources)
    {
        foreach (var (name, value) in resources.ObjectAt("limits") ?? [])
        {
            resources!.Ensure("requests").SetDefault(name, value!.DeepClone());
        }
    }

    private static HashSet<string> CheckVolumes(JsonObject? spec, FieldPath path, List<FieldError> errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var volume in spec.ObjectsAt("volumes"))
        {
            var at = path.Field("volumes").Index(index++);
            var name = volume.TextAt("name")!;
            names.Add(name);
            if (Names.Label(name) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(at.Field("name"), name, wrong));
            }

            if (volume.Count(f => !NotSources.Contains(f.Key)) > 1)
            {
                errors.Add(FieldErrors.Forbidden(at, "may not specify more than 1 volume type"));
            }
        }

        return names;
    }

    private static void CheckContainer(JsonObject container, HashSet<string> names, HashSet<string> volumes, FieldPath path, List<FieldError> errors)
    {
        var name = container.TextAt("name")!;
        if (Names.Label(name) is { } wrong)
        {
            errors.Add(FieldErrors.Invalid(path.Field("name"), name, wrong));
        }
        else if (!names.Add(name))
        {
            errors.Add(FieldErrors.Duplicate(path.Field("name"), name));
        }

        if (container.TextAt("image") is null or "")
        {
            errors.Add(FieldErrors.Required(path.Field("image")));
        }

        CheckPorts(container, path.Field("ports"), errors);
        CheckEnvironment(container, path.Field("env"), errors);
        CheckResources(container.ObjectAt("resources"), path.Field("resources"), errors);
        var index = 0;
        foreach (var mount in container.ObjectsAt("volumeMounts"))
        {
            var at = path.Field("volumeMounts").Index(index++);
            if (!volumes.Contains(mount.TextAt("name")!))
            {
                errors.Add(FieldErrors.NotFound(at.Field("name"), mount["name"]));
            }
        }

        foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            CheckProbe(container.ObjectAt(probe), probe, path.Field(probe), errors);
        }
    }

    private static void CheckPorts(JsonObject container, FieldPath path, List<FieldError> errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var port in container.ObjectsAt("ports"))
        {
            var at = path.Index(index++).Field("name");
            if (port.TextAt("name") is not { Length: > 0 } name)
            {
                continue;
            }

            if (WrongPortName(name) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(at, name, wrong));
            }
            else if (!names.Add(name))
            {
                errors.Add(FieldErrors.Duplicate(at, name));
            }
        }
    }

    private static void CheckEnvironment(JsonObject container, FieldPath path, List<FieldError> errors)
    {
        var index = 0;
        foreach (var variable in container.ObjectsAt("env"))
        {
            var at = path.Index(index++);
            var name = variable.TextAt("name")!;
            if (Names.EnvironmentVariable(name) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(at.Field("name"), name, wrong));
            }

            if (variable.TextAt("value") is { Length: > 0 } && variable.ObjectAt("valueFrom") is not null)
            {
                errors.Add(FieldErrors.Invalid(at.Field("valueFrom"), "", "may not be specified when `value` is not empty"));
            }
        }
    }

    private static void CheckResources(JsonObject? resources, FieldPath path, List<FieldError> errors)
    {
        foreach (var (name, request) in resources.ObjectAt("requests") ?? [])
        {
            if (resources.At("limits", name) is { } limit && Quantity.TryParse(request, out var least) && Quantity.TryParse(limit, out var most) && least > most)
            {
                errors.Add(FieldErrors.Invalid(path.Field("requests"), request, $"must be less than or equal to {name} limit of {limit}"));
            }
        }
    }

    private static void CheckProbe(JsonObject? probe, string name, FieldPath path, List<FieldError> errors)
    {
        if (probe is null)
        {
            return;
        }

        var handlers = probe.Count(f => f.Key is "exec" or "httpGet" or "tcpSocket" or "grpc");
        if (handlers == 0)
        {
            errors.Add(FieldErrors.Required(path, "must specify a handler type: exec, httpGet, tcpSocket or grpc"));
        }
        else if (handlers > 1)
        {
            errors.Add(FieldErrors.Forbidden(path, "may not specify more than 1 handler type"));
        }

        if (name != "readinessProbe" && probe.IntegerAt("successThreshold") is not (null or 1))
        {
            errors.Add(FieldErrors.Invalid(path.Field("successThreshold"), probe["successThreshold"], "must be 1"));
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PortName();
}

using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Admission;

/// <summary>
/// LimitRanges of a namespace (https://kubernetes.io/docs/concepts/policy/limit-range/): give containers of new pods the requests and limits
/// that they do not name, and refuse those outside the bounds, telling every violation.
/// </summary>
internal sealed class LimitRangeAdmission(IObjectReader reader) : IAdmission, IDisposable
{
    private readonly Lazy<Projection<LimitRange>> _ranges = new(() => new Projection<LimitRange>(reader, "limitranges", LimitRange.Parse));

    public void Admit(AdmissionRequest request)
    {
        if (request.Definition.StorageKey != "pods"
            || request.Operation != AdmissionOperation.Create
            || request.Subresource.Length > 0
            || request.Object is not { } pod)
        {
            return;
        }

        var ns = pod.TextAt("metadata", "namespace") ?? "";
        var items = _ranges.Value.All.Where(r => r.Namespace == ns).OrderBy(r => r.Name, StringComparer.Ordinal).SelectMany(r => r.Items).ToList();
        if (items.Count == 0)
        {
            return;
        }

        foreach (var container in PodResources.Containers(pod))
        {
            foreach (var item in items.Where(i => i.TextAt("type") == "Container"))
            {
                SetDefaults(container, "limits", item.ObjectAt("default"));
                SetDefaults(container, "requests", item.ObjectAt("defaultRequest"));
            }
        }

        // The class of service follows from the resources, and was set before they were.
        pod.ObjectAt("status")?.Remove("qosClass");
        request.Definition.Schema.ApplyDefaults(pod);

        var violations = items.SelectMany(item => Check(pod, item)).Distinct().ToList();
        if (violations.Count > 0)
        {
            throw ApiException.Forbidden(
                "",
                "pods",
                pod.TextAt("metadata", "name") ?? "",
                violations.Count == 1 ? violations[0] : $"[{string.Join(", ", violations)}]");
        }
    }

    public void Dispose()
    {
        if (_ranges.IsValueCreated)
        {
            _ranges.Value.Dispose();
        }
    }

    private static void SetDefaults(JsonObject container, string kind, JsonObject? defaults)
    {
        foreach (var (resource, value) in defaults ?? [])
        {
            if (container["resources"] is not JsonObject resources)
            {
                resources = [];
                container["resources"] = resources;
            }

            if (resources[kind] is not JsonObject values)
            {
                values = [];
                resources[kind] = values;
            }

            if (!values.ContainsKey(resource))
            {
                values[resource] = value?.DeepClone();
            }
        }
    }

    private static IEnumerable<string> Check(JsonObject pod, JsonObject item) => item.TextAt("type") switch
    {
        "Container" => PodResources.Containers(pod).SelectMany(c => Check(
            item, "Container", resource => PodResources.Of(c, "requests", resource), resource => PodResources.Of(c, "limits", resource))),
        "Pod" => Check(
            item,
            "Pod",
            resource => PodResources.Total(pod, "requests", resource),
            // A pod is without limit as soon as one of its containers is.
            resource => PodResources.Containers(pod).All(c => PodResources.Of(c, "limits", resource) is not null)
                ? PodResources.Total(pod, "limits", resource)
                : null),
        _ => [],
    };

    private static IEnumerable<string> Check(JsonObject item, string type, Func<string, decimal?> request, Func<string, decimal?> limit)
    {
        foreach (var (resource, text, least) in Bounds(item, "min"))
        {
            if (request(resource) is not { } asked)
            {
                yield return $"minimum {resource} usage per {type} is {text}.  No request is specified";
            }
            else if (asked < least)
            {
                yield return $"minimum {resource} usage per {type} is {text}, but request is {QuantityText.Format(resource, asked)}";
            }

            if (limit(resource) is { } most && most < least)
            {
                yield return $"minimum {resource} usage per {type} is {text}, but limit is {QuantityText.Format(resource, most)}";
            }
        }

        foreach (var (resource, text, most) in Bounds(item, "max"))
        {
            if (limit(resource) is not { } allowed)
            {
                yield return $"maximum {resource} usage per {type} is {text}.  No limit is specified";
            }
            else if (allowed > most)
            {
                yield return $"maximum {resource} usage per {type} is {text}, but limit is {QuantityText.Format(resource, allowed)}";
            }

            if (request(resource) is { } asked && asked > most)
            {
                yield return $"maximum {resource} usage per {type} is {text}, but request is {QuantityText.Format(resource, asked)}";
            }
        }

        foreach (var (resource, text, ratio) in Bounds(item, "maxLimitRequestRatio"))
        {
            if (request(resource) is not > 0 || limit(resource) is null)
            {
                yield return $"{resource} max limit to request ratio per {type} is {text}, but no request or no limit is specified";
            }
            else if (limit(resource) / request(resource) > ratio)
            {
                yield return $"{resource} max limit to request ratio per {type} is {text}, but provided ratio is {limit(resource) / request(resource):0.######}";
            }
        }
    }

    private static IEnumerable<(string Resource, string Text, decimal Value)> Bounds(JsonObject item, string field)
    {
        foreach (var (resource, node) in item.ObjectAt(field) ?? [])
        {
            if (Quantity.TryParse(node, out var value))
            {
                yield return (resource, node!.ToString(), value);
            }
        }
    }

    private sealed record LimitRange(string Namespace, string Name, IReadOnlyList<JsonObject> Items)
    {
        public static LimitRange Parse(JsonObject obj) => new(
            obj.TextAt("metadata", "namespace") ?? "",
            obj.TextAt("metadata", "name") ?? "",
            [.. obj.ObjectsAt("spec", "limits").Select(l => l.DeepClone().AsObject())]);
    }
}

using System.Globalization;

using k8s.Models;

namespace AeroGrid.Node.Volumes;

/// <summary>Fields of a pod and of its containers' resources that it can be told (Kubernetes' "downward API").</summary>
internal static class PodFields
{
    /// <summary>The value of a field such as <c>metadata.name</c> or <c>metadata.labels['tier']</c>.</summary>
    /// <exception cref="NotSupportedException">There is no such field.</exception>
    public static string Get(V1Pod pod, string path, string nodeName)
    {
        var metadata = pod.Metadata;
        if (Subscript(path, "metadata.labels") is { } label)
            return metadata.Labels?.TryGetValue(label, out var value) == true ? value : "";
        if (Subscript(path, "metadata.annotations") is { } annotation)
            return metadata.Annotations?.TryGetValue(annotation, out var value) == true ? value : "";
        return path switch
        {
            "metadata.name" => metadata.Name,
            "metadata.namespace" => metadata.NamespaceProperty,
            "metadata.uid" => metadata.Uid,
            "metadata.labels" => Lines(metadata.Labels),
            "metadata.annotations" => Lines(metadata.Annotations),
            "spec.nodeName" => nodeName,
            "spec.serviceAccountName" => pod.Spec.ServiceAccountName ?? "default",
            "status.hostIP" or "status.podIP" or "status.hostIPs" or "status.podIPs" => "127.0.0.1",
            _ => throw new NotSupportedException($"fieldPath '{path}' is not supported: use metadata.name, metadata.namespace, metadata.uid, metadata.labels, metadata.annotations, spec.nodeName, spec.serviceAccountName, status.podIP or status.hostIP"),
        };
    }

    /// <summary>A resource of a container, in units of the divisor, rounded up.</summary>
    /// <exception cref="NotSupportedException">There is no such resource.</exception>
    public static string Get(V1Pod pod, V1ResourceFieldSelector selector, string ownContainer)
    {
        var container = pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? []).First(c => c.Name == (selector.ContainerName ?? ownContainer));
        var (list, name) = selector.Resource.Split('.', 2) switch
        {
            ["limits", var limit] => (container.Resources?.Limits, limit),
            ["requests", var request] => (container.Resources?.Requests, request),
            _ => throw new NotSupportedException($"resource '{selector.Resource}' is not supported: use limits.cpu, limits.memory, requests.cpu or requests.memory"),
        };

        // Without a limit of its own a container may use all that the node has.
        var quantity = list?.TryGetValue(name, out var given) == true
            ? given.ToDecimal()
            : name == "cpu" ? Environment.ProcessorCount : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var divisor = selector.Divisor is { } d && d.ToDecimal() > 0 ? d.ToDecimal() : 1m;
        return Math.Ceiling(quantity / divisor).ToString("0", CultureInfo.InvariantCulture);
    }

    private static string? Subscript(string path, string field) =>
        path.StartsWith(field + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal) ? path[(field.Length + 2)..^2] : null;

    private static string Lines(IDictionary<string, string>? map) =>
        string.Join('\n', (map ?? new Dictionary<string, string>()).OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}=\"{entry.Value.Replace("\"", "\\\"", StringComparison.Ordinal)}\""));
}

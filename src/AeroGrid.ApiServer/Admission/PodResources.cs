using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Admission;

/// <summary>What the containers of a pod ask for, read before validation: values of a wrong form count as nothing and are refused later.</summary>
internal static class PodResources
{
    /// <summary>All containers, init containers first.</summary>
    public static IEnumerable<JsonObject> Containers(JsonObject pod) =>
        pod.ObjectsAt("spec", "initContainers").Concat(pod.ObjectsAt("spec", "containers"));

    /// <summary>A value of a container; null when it does not say.</summary>
    /// <param name="container">The container.</param>
    /// <param name="kind">requests or limits.</param>
    /// <param name="resource">cpu, memory …</param>
    public static decimal? Of(JsonObject container, string kind, string resource) =>
        container.At("resources", kind, resource) is { } node && Quantity.TryParse(node, out var value) ? value : null;

    /// <summary>
    /// What the whole pod asks for: containers run together, init containers before them and one after the other
    /// (https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers).
    /// </summary>
    public static decimal Total(JsonObject pod, string kind, string resource) => Math.Max(
        pod.ObjectsAt("spec", "containers").Sum(c => Of(c, kind, resource) ?? 0),
        pod.ObjectsAt("spec", "initContainers").Select(c => Of(c, kind, resource) ?? 0).DefaultIfEmpty().Max());
}

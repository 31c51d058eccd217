using System.Text.Json;

using k8s.Models;

namespace AeroGrid.Node.Controllers.EndpointSlices;

/// <summary>
/// On which port a pod really listens. On one machine pods share its network, and the kubelet gives every declared container port a port of
/// the machine: it writes <c>{"http":41234}</c> into the annotation <see cref="Annotation"/>, by the port's name, or by its number when it
/// has none. Without the annotation the declared number is the real one, as on a cluster.
/// </summary>
internal sealed class PodPorts
{
    /// <summary>Where the kubelet writes the real ports.</summary>
    public const string Annotation = "node.aerogrid.io/ports";

    private readonly V1Pod pod;
    private readonly Dictionary<string, int>? real;

    private PodPorts(V1Pod pod, Dictionary<string, int>? real)
    {
        this.pod = pod;
        this.real = real;
    }

    /// <summary>The ports of a pod. An annotation that cannot be read counts as one without ports: a guess would lead to another program.</summary>
    public static PodPorts Of(V1Pod pod)
    {
        if (pod.Metadata.Annotations?.TryGetValue(Annotation, out var text) != true)
            return new(pod, null);
        try
        {
            return new(pod, JsonSerializer.Deserialize<Dictionary<string, int>>(text!) ?? []);
        }
        catch (JsonException)
        {
            return new(pod, []);
        }
    }

    /// <summary>The real port behind a Service's port, or null when the pod has none (Kubernetes documentation, "Services: Field reference").</summary>
    public int? Find(V1ServicePort port)
    {
        var target = port.TargetPort?.Value;
        if (string.IsNullOrEmpty(target) || target == "0")
            target = $"{port.Port}";
        var isNumber = int.TryParse(target, out var number);
        var protocol = port.Protocol ?? "TCP";
        foreach (var declared in DeclaredPorts())
        {
            if ((declared.Protocol ?? "TCP") != protocol)
                continue;
            if (isNumber ? declared.ContainerPort == number : declared.Name == target)
                return Real(declared);
        }

        // A number need not be declared (Kubernetes: containerPort is informational); a name must. On one machine an undeclared number is
        // a port of some other program.
        return isNumber && real is null ? number : null;
    }

    private int? Real(V1ContainerPort declared)
    {
        if (real is null)
            return declared.ContainerPort;
        if (declared.Name is { Length: > 0 } name && real.TryGetValue(name, out var byName))
            return byName;
        return real.TryGetValue($"{declared.ContainerPort}", out var byNumber) ? byNumber : null;
    }

    /// <summary>Of containers, and of init containers that keep running (sidecars).</summary>
    private IEnumerable<V1ContainerPort> DeclaredPorts()
    {
        foreach (var container in pod.Spec.Containers)
        {
            foreach (var port in container.Ports ?? [])
                yield return port;
        }

        foreach (var container in pod.Spec.InitContainers ?? [])
        {
            if (container.RestartPolicy != "Always")
                continue;
            foreach (var port in container.Ports ?? [])
                yield return port;
        }
    }
}

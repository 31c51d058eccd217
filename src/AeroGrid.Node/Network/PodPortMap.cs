using System.Text.Json;

using k8s.Models;

namespace AeroGrid.Node.Network;

/// <summary>The machine's ports of one pod: one for each declared container port.</summary>
internal sealed class PodPortMap
{
    /// <summary>Where the ports are written, for whoever makes EndpointSlices: <c>{"http":41234}</c>, by name, or by number without one.</summary>
    public const string Annotation = "node.aerogrid.io/ports";

    /// <summary>The port that a web program is told in <c>PORT</c>.</summary>
    private const string HttpName = "http";

    private readonly IReadOnlyList<(V1ContainerPort Declared, int Port)> _ports;

    private PodPortMap(IReadOnlyList<(V1ContainerPort Declared, int Port)> ports) => _ports = ports;

    /// <summary>
    /// Takes a port for each declared port of a pod's containers: the ones that it had before the platform was started again, where that is
    /// possible, since EndpointSlices name them.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are not enough.</exception>
    public static PodPortMap Take(V1Pod pod, PortAllocator allocator)
    {
        var before = Before(pod);
        var ports = new List<(V1ContainerPort Declared, int Port)>();
        try
        {
            foreach (var declared in pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? []).SelectMany(container => container.Ports ?? []))
                ports.Add((declared, before.TryGetValue(Key(declared), out var known) && allocator.TryTake(known, pod.Metadata.Uid) ? known : allocator.Take()));
            return new(ports);
        }
        catch
        {
            new PodPortMap(ports).Return(allocator);
            throw;
        }
    }

    /// <summary>Gives the ports back.</summary>
    public void Return(PortAllocator allocator)
    {
        foreach (var (_, port) in _ports)
            allocator.Return(port);
    }

    /// <summary>
    /// Replaces the ports that a foreign program listens on. Called before a container's start, when no process of the pod should listen.
    /// </summary>
    /// <returns>The new map, or null when every port is still free.</returns>
    public PodPortMap? Renew(V1Container container, PortAllocator allocator)
    {
        if (!_ports.Any(IsLost))
            return null;
        var renewed = new List<(V1ContainerPort Declared, int Port)>();
        foreach (var port in _ports)
        {
            if (IsLost(port))
            {
                renewed.Add((port.Declared, allocator.Take()));
                allocator.Return(port.Port);
            }
            else
            {
                renewed.Add(port);
            }
        }

        return new(renewed);

        bool IsLost((V1ContainerPort Declared, int Port) port) => container.Ports?.Contains(port.Declared) == true && !PortAllocator.IsFree(port.Port);
    }

    /// <summary>All ports of the machine that the pod has.</summary>
    public IEnumerable<int> All => _ports.Select(port => port.Port);

    /// <summary>
    /// The value of <see cref="Annotation"/>, also for a pod without ports: without the annotation a declared number would count as a real one,
    /// and that port of the machine is another program's.
    /// </summary>
    public string ToAnnotation() => JsonSerializer.Serialize(_ports.GroupBy(port => Key(port.Declared), StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.First().Port));

    /// <summary>What a container's process is told: <c>PORT</c> for the port named <c>http</c>, and <c>PORT_&lt;NAME&gt;</c> for each that has a name.</summary>
    public IEnumerable<(string Name, string Value)> Variables(V1Container container)
    {
        foreach (var (declared, port) in _ports)
        {
            if (declared.Name is not { Length: > 0 } name)
                continue;
            yield return ($"PORT_{name.ToUpperInvariant().Replace('-', '_')}", $"{port}");
            if (name == HttpName && container.Ports?.Contains(declared) == true)
                yield return ("PORT", $"{port}");
        }
    }

    /// <summary>The real port behind a probe's or hook's port, a declared name or a number; a number that is not declared is itself.</summary>
    /// <returns>Null when a name is not declared.</returns>
    public int? Resolve(V1Container container, string port)
    {
        var isNumber = int.TryParse(port, out var number);
        foreach (var (declared, real) in _ports)
        {
            if (container.Ports?.Contains(declared) == true && (isNumber ? declared.ContainerPort == number : declared.Name == port))
                return real;
        }

        return isNumber ? number : null;
    }

    private static Dictionary<string, int> Before(V1Pod pod)
    {
        try
        {
            return pod.Metadata.Annotations?.TryGetValue(Annotation, out var text) == true ? JsonSerializer.Deserialize<Dictionary<string, int>>(text) ?? [] : [];
        }
        catch (JsonException)
        {
            // Not of our writing.
            return [];
        }
    }

    private static string Key(V1ContainerPort port) => port.Name is { Length: > 0 } name ? name : $"{port.ContainerPort}";
}

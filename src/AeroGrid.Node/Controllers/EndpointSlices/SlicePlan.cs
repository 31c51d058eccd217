using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

using k8s.Models;

using AeroGrid.ControllerRuntime.Objects;

using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.EndpointSlices;

/// <summary>
/// The EndpointSlices that a Service should have: one for each address family and distinct set of ports, at most
/// <see cref="MaximumEndpoints"/> endpoints in each. Names follow from the content, so that a controller with a stale cache meets its own
/// slice instead of making a second one. Pure.
/// </summary>
internal static class SlicePlan
{
    /// <summary>As Kubernetes' own controller by default.</summary>
    public const int MaximumEndpoints = 100;

    public const string ServiceNameLabel = "kubernetes.io/service-name";
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    public const string HeadlessLabel = "service.kubernetes.io/headless";

    /// <summary>The name that Kubernetes' own controller has: consumers that look for it find what they expect.</summary>
    public const string ManagedBy = "endpointslice-controller.k8s.io";

    private const int LongestBase = 200;
    private const int HashLength = 10;

    /// <summary>The slices of a Service.</summary>
    /// <param name="service">The Service.</param>
    /// <param name="pods">The pods that its selector fits.</param>
    public static List<V1EndpointSlice> For(V1Service service, IEnumerable<V1Pod> pods)
    {
        var groups = new SortedDictionary<string, Group>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (pod.IsTerminal() || pod.Status?.PodIP is not { Length: > 0 } address || FamilyOf(address) is not { } family)
                continue;
            var ports = Ports(service, PodPorts.Of(pod));

            // A pod that has none of the ports that the Service is about cannot be reached through it.
            if (ports.Count == 0 && service.Spec.Ports is { Count: > 0 })
                continue;
            var key = $"{family} {string.Join(' ', ports.Select(static port => $"{port.Name}/{port.Protocol}/{port.Port}/{port.AppProtocol}"))}";
            if (!groups.TryGetValue(key, out var group))
                groups[key] = group = new(family, ports);
            group.Endpoints.Add(Endpoint(service, pod, address));
        }

        var slices = new List<V1EndpointSlice>();
        foreach (var (key, group) in groups)
        {
            var endpoints = group.Endpoints.OrderBy(static endpoint => endpoint.TargetRef.Name, StringComparer.Ordinal);
            slices.AddRange(endpoints.Chunk(MaximumEndpoints).Select((chunk, index) => Slice(service, key, index, group, chunk)));
        }

        return slices;
    }

    private static V1EndpointSlice Slice(V1Service service, string key, int index, Group group, V1Endpoint[] endpoints)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            [ServiceNameLabel] = service.Metadata.Name,
            [ManagedByLabel] = ManagedBy,
        };
        if (service.Spec.ClusterIP == "None")
            labels[HeadlessLabel] = "";
        else
            labels.Remove(HeadlessLabel);
        var name = service.Metadata.Name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key}#{index}")))[..HashLength];
        return new()
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = V1EndpointSlice.KubeKind,
            Metadata = new()
            {
                NamespaceProperty = service.Metadata.NamespaceProperty,
                Name = $"{(name.Length > LongestBase ? name[..LongestBase] : name)}-{hash}",
                Labels = labels,
                OwnerReferences = [OwnerReferences.ToController(service)],
            },
            AddressType = group.AddressType,
            Ports = [.. group.Ports],
            Endpoints = [.. endpoints],
        };
    }

    /// <summary>
    /// A pod that is ending is no longer ready, but it serves until its last moment: that is what lets a gateway drain it
    /// (KEP-1672, "Tracking Terminating Endpoints").
    /// </summary>
    private static V1Endpoint Endpoint(V1Service service, V1Pod pod, string address)
    {
        var (ready, ending) = (pod.IsReady(), pod.IsDeleting());
        return new()
        {
            Addresses = [address],
            Conditions = new()
            {
                Ready = service.Spec.PublishNotReadyAddresses == true || (ready && !ending),
                Serving = ready,
                Terminating = ending,
            },
            NodeName = string.IsNullOrEmpty(pod.Spec.NodeName) ? null : pod.Spec.NodeName,
            Hostname = service.Spec.ClusterIP == "None" && pod.Spec.Subdomain == service.Metadata.Name && !string.IsNullOrEmpty(pod.Spec.Hostname)
                ? pod.Spec.Hostname
                : null,
            TargetRef = new()
            {
                Kind = V1Pod.KubeKind,
                NamespaceProperty = pod.Metadata.NamespaceProperty,
                Name = pod.Metadata.Name,
                Uid = pod.Metadata.Uid,
            },
        };
    }

    private static List<Discoveryv1EndpointPort> Ports(V1Service service, PodPorts pod)
    {
        var ports = new List<Discoveryv1EndpointPort>();
        foreach (var port in service.Spec.Ports ?? [])
        {
            if (pod.Find(port) is { } number)
                ports.Add(new() { Name = port.Name ?? "", Protocol = port.Protocol ?? "TCP", Port = number, AppProtocol = port.AppProtocol });
        }

        return ports;
    }

    private static string? FamilyOf(string address) => IPAddress.TryParse(address, out var ip)
        ? ip.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4"
        : null;

    private sealed record Group(string AddressType, List<Discoveryv1EndpointPort> Ports)
    {
        public List<V1Endpoint> Endpoints { get; } = [];
    }
}

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// What the Istio Gateway objects that select this gateway serve: hosts, and whose VirtualServices may attach to each. Immutable.
/// </summary>
internal sealed class GatewayHosts
{
    private readonly Dictionary<ObjectKey, List<(string Namespace, string Host)>> hosts = [];

    /// <param name="gateways">All Gateway objects.</param>
    /// <param name="labels">This gateway's labels.</param>
    /// <param name="serverPort">The port number in the objects that is this gateway's.</param>
    /// <param name="unsupported">Told once for each object that asks for more than is done.</param>
    public GatewayHosts(
        IEnumerable<IstioGateway> gateways,
        IReadOnlyDictionary<string, string> labels,
        int serverPort,
        Action<IstioGateway, UnsupportedFields> unsupported)
    {
        foreach (var gateway in gateways)
        {
            if (!(gateway.Spec.Selector ?? new Dictionary<string, string>()).All(
                label => labels.TryGetValue(label.Key, out var value) && value == label.Value))
            {
                continue;
            }

            var fields = new UnsupportedFields();
            fields.Add("spec", gateway.Spec.Unknown);
            var served = new List<(string, string)>();
            for (var i = 0; i < (gateway.Spec.Servers?.Count ?? 0); i++)
            {
                var server = gateway.Spec.Servers![i];
                fields.Add($"spec.servers[{i}]", server.Unknown);
                if (server.Port?.Number != serverPort || server.Port.Protocol?.ToUpperInvariant() is not ("HTTP" or "HTTP2" or "GRPC"))
                    fields.Add($"spec.servers[{i}].port", $"{server.Port?.Number} {server.Port?.Protocol}");
                else
                    served.AddRange((server.Hosts ?? []).Select(host => Split(host, gateway.Namespace())));
            }

            hosts[ObjectKey.Of(gateway)] = served;
            unsupported(gateway, fields);
        }
    }

    /// <summary>Whether a name in a VirtualService's <c>gateways</c> stands for this gateway.</summary>
    public bool IsHere(string reference, string namespaceName) => hosts.ContainsKey(Resolve(reference, namespaceName));

    /// <summary>The hosts under which a VirtualService is served here.</summary>
    public List<string> HostsOf(VirtualService virtualService)
    {
        var found = new List<string>();
        var own = virtualService.Namespace();
        foreach (var reference in virtualService.Spec.Gateways ?? [])
        {
            if (!hosts.TryGetValue(Resolve(reference, own), out var served))
                continue;
            foreach (var (from, pattern) in served)
            {
                if (from != HostPattern.Any && from != own)
                    continue;
                foreach (var host in virtualService.Spec.Hosts ?? [])
                {
                    if (HostPattern.Intersect(pattern, host.ToLowerInvariant()) is { } common && !found.Contains(common))
                        found.Add(common);
                }
            }
        }

        return found;
    }

    /// <summary><c>namespace/host</c>; <c>.</c> is the Gateway's own namespace, and no namespace means any.</summary>
    private static (string Namespace, string Host) Split(string host, string own) => host.ToLowerInvariant().Split('/') switch
    {
        [".", var name] => (own, name),
        [var from, var name] => (from, name),
        _ => (HostPattern.Any, host.ToLowerInvariant()),
    };

    private static ObjectKey Resolve(string reference, string own) => reference.Split('/') switch
    {
        [var name] => new(own, name),
        [var from, var name] => new(from, name),
        _ => new(own, reference),
    };
}

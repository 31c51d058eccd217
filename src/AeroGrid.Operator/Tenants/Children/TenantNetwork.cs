using AeroGrid.Api;
using AeroGrid.Operator.Istio;

using k8s.Models;

namespace AeroGrid.Operator.Tenants.Children;

/// <summary>
/// Who may reach a tenant's pods: nobody, but the gateway the apps, and Istio's proxies each other by mutual TLS. Apps may go out into the
/// world, since reading events and calling services is what they are for, but not to other pods.
/// </summary>
internal static class TenantNetwork
{
    public static V1NetworkPolicy DenyByDefault(TenantRun run) => new()
    {
        Metadata = run.Metadata(Names.NetworkDefaultDeny),
        Spec = new() { PodSelector = new(), PolicyTypes = ["Ingress", "Egress"] },
    };

    public static V1NetworkPolicy FromGateway(TenantRun run, string gateway) => new()
    {
        Metadata = run.Metadata(Names.NetworkFromGateway),
        Spec = new()
        {
            PodSelector = AppPods(),
            PolicyTypes = ["Ingress"],
            Ingress =
            [
                new()
                {
                    FromProperty = [Namespace(gateway.Split('/')[0]), Namespace("istio-system")],
                },
            ],
        },
    };

    public static V1NetworkPolicy Egress(TenantRun run) => new()
    {
        Metadata = run.Metadata(Names.NetworkEgress),
        Spec = new()
        {
            PodSelector = AppPods(),
            PolicyTypes = ["Egress"],
            Egress =
            [
                // Names are asked for at the cluster's DNS.
                new()
                {
                    To = [Namespace("kube-system")],
                    Ports = [new() { Port = 53, Protocol = "UDP" }, new() { Port = 53, Protocol = "TCP" }],
                },

                // The proxy's control plane.
                new() { To = [Namespace("istio-system")] },

                // The world, without what is inside: private networks (RFC 1918, RFC 6598), link-local with the cloud's metadata service.
                new()
                {
                    To =
                    [
                        new()
                        {
                            IpBlock = new()
                            {
                                Cidr = "0.0.0.0/0",
                                Except = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
                            },
                        },
                    ],
                },
            ],
        },
    };

    public static PeerAuthentication StrictMutualTls(TenantRun run) => new()
    {
        Metadata = run.Metadata(Names.TenantPolicy),
        Spec = new() { Mtls = new() { Mode = "STRICT" } },
    };

    private static V1LabelSelector AppPods() => new()
    {
        MatchLabels = new Dictionary<string, string> { [Labels.ManagedBy] = Labels.Manager },
    };

    private static V1NetworkPolicyPeer Namespace(string name) => new()
    {
        NamespaceSelector = new() { MatchLabels = new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = name } },
    };
}

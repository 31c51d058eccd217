using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Ingress;

/// <summary>The objects that routes and policies come from, as they are known at this moment. Thread-safe.</summary>
internal interface IGatewayObjects
{
    IReadOnlyList<IstioGateway> Gateways { get; }

    IReadOnlyList<VirtualService> VirtualServices { get; }

    IReadOnlyList<RequestAuthentication> RequestAuthentications { get; }

    IReadOnlyList<AuthorizationPolicy> AuthorizationPolicies { get; }

    /// <summary>A Service, or null.</summary>
    V1Service? Service(ObjectKey key);

    /// <summary>The EndpointSlices of a Service.</summary>
    IReadOnlyList<V1EndpointSlice> EndpointSlices(ObjectKey service);
}

using AeroGrid.Gateway.Policies;

namespace AeroGrid.Gateway.Ingress;

/// <summary>Routes and policies of one moment. A request sees one snapshot from its start to its end. Immutable.</summary>
/// <param name="Routes">Routes.</param>
/// <param name="Policies">Policies.</param>
internal sealed record GatewaySnapshot(RoutingTable Routes, PolicySnapshot Policies);

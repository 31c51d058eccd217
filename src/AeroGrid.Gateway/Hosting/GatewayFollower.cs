using AeroGrid.Gateway.Ingress;

using Microsoft.Extensions.Hosting;

namespace AeroGrid.Gateway.Hosting;

/// <summary>Follows the Kubernetes objects while the host runs.</summary>
internal sealed class GatewayFollower(WatchedObjects objects, GatewayState state) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => objects.FollowAsync(state, stoppingToken);
}

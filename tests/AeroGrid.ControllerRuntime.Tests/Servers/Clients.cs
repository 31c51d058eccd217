using AeroGrid.ControllerRuntime.Client;
using k8s;

namespace AeroGrid.ControllerRuntime.Tests.Servers;

/// <summary>Clients of an address, as a component makes them.</summary>
internal static class Clients
{
    public static ResourceClient Create(Uri address, string? token = null, TimeProvider? time = null, TimeSpan? timeout = null) =>
        ResourceClient.Create(
            new KubernetesClientConfiguration { Host = address.ToString(), AccessToken = token },
            new ResourceClientOptions
            {
                TimeProvider = time ?? TimeProvider.System,
                RequestTimeout = timeout ?? TimeSpan.FromSeconds(30),
            });
}

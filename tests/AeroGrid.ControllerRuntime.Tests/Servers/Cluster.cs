using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;

[assembly: AssemblyFixture(typeof(Cluster))]

namespace AeroGrid.ControllerRuntime.Tests.Servers;

/// <summary>Our API server, one for all tests of the assembly; each test works in a namespace of its own.</summary>
public sealed class Cluster : IAsyncLifetime
{
    public TestApiServer Server { get; private set; } = null!;

    internal ResourceClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await TestApiServer.StartAsync();
        Client = Clients.Create(Server.Address, Server.AdminToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }

    internal async Task<string> NamespaceAsync() =>
        (await Client.CreateAsync(new V1Namespace { Metadata = new() { GenerateName = "test-" } })).Metadata.Name;

    /// <summary>A proxy in front of the server.</summary>
    internal Task<FaultProxy> ProxyAsync() => FaultProxy.StartAsync(Server.Address);

    internal ResourceClient Through(FaultProxy proxy, TimeProvider? time = null, TimeSpan? timeout = null) =>
        Clients.Create(proxy.Address, Server.AdminToken, time, timeout);

    internal Task<V1ConfigMap> WriteAsync(string space, string name, string value = "1", Action<V1ConfigMap>? change = null)
    {
        var map = new V1ConfigMap
        {
            Metadata = new() { NamespaceProperty = space, Name = name },
            Data = new Dictionary<string, string> { ["value"] = value },
        };
        change?.Invoke(map);
        return Client.CreateAsync(map);
    }

    internal Task<V1ConfigMap> ChangeAsync(string space, string name, string value) =>
        Client.MergePatchAsync<V1ConfigMap>(new(space, name), new { data = new { value } });
}

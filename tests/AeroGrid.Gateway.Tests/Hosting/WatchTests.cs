using System.Collections.Concurrent;
using System.Net;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Tests.Support;
using AeroGrid.TestKit;

using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.Gateway.Tests.Hosting;

/// <summary>The gateway against the API server: what is written there is what it does.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private readonly HttpClient http = new(new SocketsHttpHandler(), disposeHandler: true);
    private TestIssuer issuer = null!;
    private EchoApp app = null!;
    private TestApiServer server = null!;
    private ResourceClient client = null!;
    private GatewayServer gateway = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = TestIssuer.Create();
        await issuer.StartAsync();
        app = await EchoApp.StartAsync();
        server = await TestApiServer.StartAsync(new TestApiServerOptions
        {
            CustomResourceDefinitions = [Path.Combine(Tools.RepositoryRoot, "deploy/crds/istio")],
        });
        client = ResourceClient.Create(new KubernetesClientConfiguration { Host = server.Address.ToString(), AccessToken = server.AdminToken });
        foreach (var name in (string[])["demo", "aerogrid-system"])
            await ApplyAsync(new V1Namespace { Metadata = new() { Name = name } });
        await ApplyAsync(Given.Gateway());
        await ApplyAsync(Given.Authentication(jwksUri: issuer.JwksUri, issuer: issuer.Issuer));
        await ApplyAsync(Given.Members());
        await ApplyAsync(Given.Service());
        await ApplyAsync(Given.Slice("hello-1", http: app.Port));
        gateway = new GatewayServer(
            new GatewayOptions { ApiServer = server.Address, Token = server.AdminToken, Listen = [new(IPAddress.Loopback, 0)] }, NullLoggerFactory.Instance);
        await gateway.StartAsync();
        await Eventually.True(() => gateway.IsReady, "the gateway does not become ready");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await gateway.StopAsync();
        await gateway.DisposeAsync();
        client.Dispose();
        await server.DisposeAsync();
        await app.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task An_app_is_served_from_the_moment_its_route_is_written_until_it_is_deleted()
    {
        (await GetAsync("/apps/demo/hello/")).ShouldBe(HttpStatusCode.NotFound);
        await ApplyAsync(Given.Route());
        await Eventually.Async(async () => (await GetAsync("/apps/demo/hello/")).ShouldBe(HttpStatusCode.OK));

        await client.DeleteAsync<V1EndpointSlice>(new ObjectKey("demo", "hello-1"));
        await Eventually.Async(async () => (await GetAsync("/apps/demo/hello/")).ShouldBe(HttpStatusCode.ServiceUnavailable));

        await client.DeleteAsync<Resources.VirtualService>(new ObjectKey("demo", "hello"));
        await Eventually.Async(async () => (await GetAsync("/apps/demo/hello/")).ShouldBe(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_restart_of_the_API_server_fails_no_request_and_changes_arrive_afterwards()
    {
        await ApplyAsync(Given.Route());
        await Eventually.Async(async () => (await GetAsync("/apps/demo/hello/")).ShouldBe(HttpStatusCode.OK));

        var restart = server.RestartAsync();
        while (!restart.IsCompleted)
            (await GetAsync("/apps/demo/hello/")).ShouldBe(HttpStatusCode.OK);
        await restart;

        await ApplyAsync(Given.Public());
        await Eventually.Async(async () => (await GetAsync("/apps/demo/hello/", authenticated: false)).ShouldBe(HttpStatusCode.OK), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Twenty_rolling_updates_under_load_fail_no_request()
    {
        await ApplyAsync(Given.Route());
        await Eventually.Async(async () => (await GetAsync("/apps/demo/hello/")).ShouldBe(HttpStatusCode.OK));
        var token = issuer.Token(lifetime: TimeSpan.FromHours(1));
        var failures = new ConcurrentBag<string>();
        var count = 0;
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var method = i % 2 == 0 ? HttpMethod.Get : HttpMethod.Post;
                using var request = new HttpRequestMessage(method, new Uri(gateway.Addresses[0], "/apps/demo/hello/"));
                request.Headers.Authorization = new("Bearer", token);
                if (method == HttpMethod.Post)
                    request.Content = new StringContent("some body");
                using var response = await http.SendAsync(request);
                Interlocked.Increment(ref count);
                if (response.StatusCode != HttpStatusCode.OK)
                    failures.Add($"{method} {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
            }
        })).ToList();

        // As the node does it: the new pod is ready first, then the old one is marked as going, then it is told to stop, then it is gone.
        var current = (Name: "hello-1", App: app);
        for (var update = 0; update < 20; update++)
        {
            // Every update meets requests, however fast the machine makes updates.
            var due = (update + 1) * 11;
            await Eventually.True(() => Volatile.Read(ref count) >= due, "the load does not go on");
            var next = (Name: $"hello-{update + 2}", App: await EchoApp.StartAsync());
            await ApplyAsync(Given.Slice(next.Name, http: next.App.Port));
            await ApplyAsync(Given.Slice(current.Name, http: current.App.Port, ready: false, terminating: true));
            await Eventually.True(() => Serves(current.App.Port) == false && Serves(next.App.Port), "the gateway does not follow");
            await current.App.StopAsync();
            await client.DeleteAsync<V1EndpointSlice>(new ObjectKey("demo", current.Name));
            if (current.App != app)
                await current.App.DisposeAsync();
            current = next;
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        await current.App.DisposeAsync();
        failures.ShouldBeEmpty();
        count.ShouldBeGreaterThan(200);
    }

    private bool Serves(int port) => gateway.State.Backend(new("demo", "hello"))!.State.Ports[80].Endpoints.Any(endpoint => endpoint.Origin.EndsWith($":{port}", StringComparison.Ordinal));

    private Task ApplyAsync<T>(T obj)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        obj.Metadata.Uid = null;
        obj.Metadata.CreationTimestamp = null;
        return client.ApplyAsync(obj, "test");
    }

    private async Task<HttpStatusCode> GetAsync(string path, bool authenticated = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Addresses[0], path));
        if (authenticated)
            request.Headers.Authorization = new("Bearer", issuer.Token());
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}

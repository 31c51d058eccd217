using System.Net;
using System.Net.Sockets;
using System.Text;

using AeroGrid.Gateway.Ingress;
using AeroGrid.Gateway.Tests.Support;
using AeroGrid.TestKit;

using k8s.Models;

using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.Gateway.Tests.Ingress;

public class EndpointTests
{
    [Fact]
    public async Task Every_slice_counts_with_its_own_ports()
    {
        await using var second = await EchoApp.StartAsync();
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-2", http: second.Port));

        await Eventually.Async(async () =>
        {
            await gateway.EchoAsync("/apps/demo/hello/");
            (gateway.App.Requests > 3 && second.Requests > 3).ShouldBeTrue();
        });
    }

    [Fact]
    public async Task A_terminating_endpoint_gets_no_new_request_and_finishes_running_ones()
    {
        var release = new TaskCompletionSource();
        await using var gateway = await RunningGateway.StartAsync(app: await EchoApp.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
                await release.Task;
            await EchoApp.EchoAsync(context);
        }));
        await using var second = await EchoApp.StartAsync();
        var running = gateway.EchoAsync("/apps/demo/hello/slow");
        await Eventually.True(() => gateway.App.Requests == 1, "the slow request did not arrive");

        gateway.Put(Given.Slice("hello-1", http: gateway.App.Port, ready: true, terminating: true), Given.Slice("hello-2", http: second.Port));
        for (var i = 0; i < 20; i++)
            await gateway.EchoAsync("/apps/demo/hello/");

        gateway.App.Requests.ShouldBe(1);
        second.Requests.ShouldBe(20);
        release.SetResult();
        (await running).Target.ShouldBe("/slow");
    }

    [Fact]
    public async Task A_removed_service_is_503_and_serves_again_when_it_is_back()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Remove(Given.Service());
        using (var response = await gateway.SendAsync("/apps/demo/hello/"))
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        gateway.Put(Given.Service());
        await gateway.EchoAsync("/apps/demo/hello/");
    }

    [Fact]
    public async Task A_refused_connection_is_tried_elsewhere_with_any_method_and_its_body()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-gone-1", http: RunningPlatform.FreePort()), Given.Slice("hello-gone-2", http: RunningPlatform.FreePort()));

        for (var i = 0; i < 20; i++)
            (await gateway.EchoAsync("/apps/demo/hello/", HttpMethod.Post, new StringContent($"body {i}"))).Body.ShouldBe($"body {i}");
        gateway.App.Requests.ShouldBe(20);
    }

    [Fact]
    public async Task When_all_refuse_the_answer_is_503_with_Retry_After()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: RunningPlatform.FreePort()));

        using var response = await gateway.SendAsync("/apps/demo/hello/", method: HttpMethod.Post, content: new StringContent("x"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:app-unreachable");
    }

    [Theory]
    [InlineData("GET", null, 200, 2)]
    [InlineData("HEAD", null, 200, 2)]
    [InlineData("POST", "x", 502, 1)]
    [InlineData("POST", null, 502, 1)]
    [InlineData("DELETE", null, 502, 1)]
    [InlineData("PUT", "x", 502, 1)]
    public async Task Only_safe_requests_are_sent_again_when_a_connection_breaks(string method, string? body, int status, int received)
    {
        // Answers the first request of a connection only when asked for the second time: between, it hangs up like a process that is killed.
        var requests = 0;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync();
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: ((IPEndPoint)listener.LocalEndpoint).Port));
        // A second address of the same listener, so that there is another endpoint to try.
        gateway.Put(Given.Slice("hello-2", http: ((IPEndPoint)listener.LocalEndpoint).Port));
        var other = Given.Slice("hello-3", http: ((IPEndPoint)listener.LocalEndpoint).Port);
        other.Endpoints[0].Addresses = ["127.0.0.2"];
        gateway.Put(other);

        using var response = await gateway.SendAsync(
            "/apps/demo/hello/", method: new HttpMethod(method), content: body is null ? null : new StringContent(body));

        ((int)response.StatusCode).ShouldBe(status);
        requests.ShouldBe(received);
        await stop.CancelAsync();
        await serving;

        async Task ServeAsync()
        {
            using var any = new TcpListener(IPAddress.Parse("127.0.0.2"), ((IPEndPoint)listener.LocalEndpoint).Port);
            any.Start();
            var connections = new List<Task>();
            foreach (var from in (TcpListener[])[listener, any])
            {
                connections.Add(Task.Run(async () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        try
                        {
                            using var client = await from.AcceptTcpClientAsync(stop.Token);
                            await ConverseAsync(client);
                        }
                        catch (OperationCanceledException)
                        {
                            return;
                        }
                    }
                }));
            }

            await Task.WhenAll(connections);
        }

        async Task ConverseAsync(TcpClient client)
        {
            var stream = client.GetStream();
            var buffer = new byte[8192];
            var text = new StringBuilder();
            while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await stream.ReadAsync(buffer, stop.Token);
                if (read == 0)
                    return;
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }

            if (Interlocked.Increment(ref requests) == 1)
                return;
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), stop.Token);
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("GET")]
    public async Task A_kept_connection_that_breaks_does_not_repeat_what_changes_something(string method)
    {
        // The first request is answered and the connection kept; the second one, on the same connection, gets none.
        var received = new List<string>();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(async () =>
        {
            try
            {
                for (var connection = 0; ; connection++)
                {
                    using var client = await listener.AcceptTcpClientAsync(stop.Token);
                    using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                    for (var onConnection = 0; ; onConnection++)
                    {
                        var line = await reader.ReadLineAsync(stop.Token);
                        if (line is null)
                            break;
                        while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 })
                            continue;
                        lock (received)
                            received.Add(line.Split(' ')[0]);
                        if (connection == 0 && onConnection == 1)
                            break;
                        await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop.Token);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        });
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: ((IPEndPoint)listener.LocalEndpoint).Port));
        using (var first = await gateway.SendAsync("/apps/demo/hello/"))
            first.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var second = await gateway.SendAsync("/apps/demo/hello/", method: new HttpMethod(method));

        second.StatusCode.ShouldBe(method == "GET" ? HttpStatusCode.OK : HttpStatusCode.BadGateway);
        lock (received)
            received.ShouldBe(method == "GET" ? ["GET", "GET", "GET"] : ["GET", "POST"]);
        await stop.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task A_timeout_of_the_route_is_504()
    {
        await using var gateway = await RunningGateway.StartAsync(
            app: await EchoApp.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)));
        gateway.Put(Given.Route(rules: [Given.Rule("/apps/demo/hello/", "hello") with { Timeout = "200ms" }]));

        using var response = await gateway.SendAsync("/apps/demo/hello/");

        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:app-timeout");
    }

    [Fact]
    public async Task An_answer_that_is_not_HTTP_is_502()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            (await client.GetStream().ReadAtLeastAsync(new byte[4096], 1)).ShouldBeGreaterThan(0);
            await client.GetStream().WriteAsync("SSH-2.0-hello\r\n"u8.ToArray());
        });
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: ((IPEndPoint)listener.LocalEndpoint).Port));

        using var response = await gateway.SendAsync("/apps/demo/hello/", method: HttpMethod.Post, content: new StringContent("x"));

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:app-broken-answer");
        await serving;
    }

    [Fact]
    public void The_less_busy_endpoint_gets_the_request_and_one_that_refused_waits()
    {
        var time = new FakeTimeProvider();
        Endpoint idle = new("10.0.0.1", 80), busy = new("10.0.0.2", 80);
        busy.Begin();
        Chosen().ShouldBe([idle]);

        idle.Avoid(time.GetUtcNow() + TimeSpan.FromSeconds(2));
        Chosen().ShouldBe([busy]);
        LoadBalancer.Choose([idle], null, time).ShouldBe(idle);
        LoadBalancer.Choose([idle, busy], [busy], time).ShouldBe(idle);
        LoadBalancer.Choose([idle, busy], [busy, idle], time).ShouldBeNull();

        time.Advance(TimeSpan.FromSeconds(3));
        Chosen().ShouldBe([idle]);

        List<Endpoint> Chosen() => [.. Enumerable.Range(0, 50).Select(_ => LoadBalancer.Choose([idle, busy], null, time)!).Distinct()];
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(true, null, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, null, false)]
    [InlineData(null, true, false)]
    public void Ready_and_not_terminating_endpoints_serve(bool? ready, bool? terminating, bool serves)
    {
        var slice = Given.Slice("s", http: 1234, ready: ready, terminating: terminating);
        Ports([slice])[80].Endpoints.Length.ShouldBe(serves ? 1 : 0);
    }

    [Fact]
    public void Slices_are_matched_by_port_name_and_duplicates_count_once()
    {
        var ports = Ports([Given.Slice("a", http: 1000, grpc: 1001), Given.Slice("b", http: 2000, grpc: 2001), Given.Slice("c", http: 1000)]);
        ports[80].Endpoints.Select(endpoint => endpoint.Origin).Order().ShouldBe(["http://127.0.0.1:1000", "http://127.0.0.1:2000"]);
        ports[80].IsHttp2.ShouldBeFalse();
        ports[50051].Endpoints.Select(endpoint => endpoint.Origin).Order().ShouldBe(["http://127.0.0.1:1001", "http://127.0.0.1:2001"]);
        ports[50051].IsHttp2.ShouldBeTrue();
    }

    [Theory]
    [InlineData("grpc", null, true)]
    [InlineData("grpc-web", null, true)]
    [InlineData("http2", null, true)]
    [InlineData("http", null, false)]
    [InlineData("http", "kubernetes.io/h2c", true)]
    [InlineData("grpc", "http", false)]
    public void The_protocol_of_a_port_is_told_by_field_or_name(string name, string? protocol, bool http2)
    {
        var service = Given.Service();
        service.Spec.Ports = [new V1ServicePort { Name = name, Port = 80, AppProtocol = protocol }];
        Ports([], service)[80].IsHttp2.ShouldBe(http2);
    }

    private static System.Collections.Frozen.FrozenDictionary<int, BackendPort> Ports(V1EndpointSlice[] slices, V1Service? service = null) =>
        new ServiceDirectory(_ => service ?? Given.Service(), _ => slices).Get(new("demo", "hello")).State.Ports;
}

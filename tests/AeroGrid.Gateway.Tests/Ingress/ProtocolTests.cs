using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using System.Text;

using AeroGrid.Gateway.Tests.Support;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AeroGrid.Gateway.Tests.Ingress;

public class ProtocolTests
{
    [Fact]
    public async Task HTTP_1_and_HTTP_2_with_prior_knowledge_share_the_port()
    {
        await using var gateway = await RunningGateway.StartAsync();

        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20, HttpVersion.Version11, HttpVersion.Version20])
        {
            using var response = await gateway.SendAsync("/apps/demo/hello/x", change: request => (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact));
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Version.ShouldBe(version);
            (await Echo.ReadAsync(response)).Target.ShouldBe("/x");
        }
    }

    [Fact]
    public async Task Many_streams_share_one_HTTP_2_connection()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var client = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = false });
        var token = gateway.Issuer.Token();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, gateway.Verbatim($"/apps/demo/hello/{i}"))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new StringContent($"{i}"),
            };
            request.Headers.Authorization = new("Bearer", token);
            using var response = await client.SendAsync(request);
            return (await Echo.ReadAsync(response)).Body;
        }));

        answers.ShouldBe(Enumerable.Range(0, 100).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_gRPC_stream_passes_both_ways_message_by_message_with_its_trailers()
    {
        await using var app = await EchoApp.StartAsync(GrpcEchoAsync, HttpProtocols.Http2);
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: gateway.App.Port, grpc: app.Port));
        var duplex = new DuplexContent("application/grpc");

        var sending = gateway.SendAsync(
            "/apps/demo/hello/test.Echo/Stream",
            method: HttpMethod.Post,
            content: duplex,
            change: request =>
            {
                (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
                request.Headers.TE.ParseAdd("trailers");
                request.Headers.Add("grpc-timeout", "30S");
            },
            completion: HttpCompletionOption.ResponseHeadersRead);
        var output = await duplex.Stream;
        await output.WriteAsync(Frame("first"));
        await output.FlushAsync();
        using var response = await sending;
        var input = await response.Content.ReadAsStreamAsync();
        (await ReadFrameAsync(input)).ShouldBe("FIRST");

        // The second message goes out only after the answer to the first: nothing on the way waits for the end of a body.
        await output.WriteAsync(Frame("second"));
        await output.FlushAsync();
        (await ReadFrameAsync(input)).ShouldBe("SECOND");
        duplex.Complete();
        (await ReadFrameAsync(input)).ShouldBeNull();

        response.TrailingHeaders.GetValues("grpc-status").ShouldBe(["0"]);
        response.TrailingHeaders.GetValues("x-path").ShouldBe(["/test.Echo/Stream te=trailers"]);
    }

    [Fact]
    public async Task An_immediate_gRPC_error_keeps_its_status()
    {
        await using var app = await EchoApp.StartAsync(
            context =>
            {
                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = "5";
                context.Response.Headers["grpc-message"] = "no such thing";
                return Task.CompletedTask;
            },
            HttpProtocols.Http2);
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: gateway.App.Port, grpc: app.Port));

        using var response = await SendGrpcAsync(gateway, "/apps/demo/hello/test.Echo/Unary");

        response.Headers.GetValues("grpc-status").ShouldBe(["5"]);
        response.Headers.GetValues("grpc-message").ShouldBe(["no such thing"]);
    }

    [Theory]
    [InlineData("/apps/demo/hello/x", null, "16")]
    [InlineData("/apps/demo/missing/x", null, "5")]
    [InlineData("/apps/demo/hello/x", "other", "7")]
    [InlineData("/apps/demo/hello/x", "demo", "14")]
    public async Task Problems_reach_gRPC_clients_as_a_status(string path, string? tenant, string status)
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var response = await SendGrpcAsync(gateway, path, tenant is null ? null : gateway.Issuer.Token(tenants: [tenant]));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/grpc");
        response.Headers.GetValues("grpc-status").ShouldBe([status]);
        response.Headers.GetValues("grpc-message").Single().ShouldContain(":");
    }

    [Fact]
    public async Task GRPC_Web_passes_over_HTTP_1()
    {
        await using var app = await EchoApp.StartAsync(
            async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                context.Response.ContentType = context.Request.ContentType;
                await context.Response.Body.WriteAsync(body.ToArray());
                await context.Response.Body.WriteAsync(new byte[] { 0x80, 0, 0, 0, 15 });
                await context.Response.WriteAsync("grpc-status: 0\r");
            },
            HttpProtocols.Http2);
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: gateway.App.Port, grpc: app.Port));

        using var response = await gateway.SendAsync(
            "/apps/demo/hello/test.Echo/Unary",
            method: HttpMethod.Post,
            content: new ByteArrayContent(Frame("web")) { Headers = { { "Content-Type", "application/grpc-web+proto" } } });

        response.Version.ShouldBe(HttpVersion.Version11);
        Encoding.ASCII.GetString(await response.Content.ReadAsByteArrayAsync()).ShouldEndWith("grpc-status: 0\r");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WebSockets_pass_over_both_versions(int major)
    {
        await using var gateway = await RunningGateway.StartAsync(app: await EchoApp.StartAsync(WebSocketEchoAsync));
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = new Version(major, major == 1 ? 1 : 0);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.SetRequestHeader("Authorization", $"Bearer {gateway.Issuer.Token()}");
        using var client = new HttpMessageInvoker(new SocketsHttpHandler());

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Address.Port}/apps/demo/hello/socket"), client, default);
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, default);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, default);

        Encoding.UTF8.GetString(buffer, 0, received.Count).ShouldBe("/socket alice: ping");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
    }

    [Fact]
    public async Task A_WebSocket_without_a_token_is_refused()
    {
        await using var gateway = await RunningGateway.StartAsync(app: await EchoApp.StartAsync(WebSocketEchoAsync));
        using var socket = new ClientWebSocket();

        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Address.Port}/apps/demo/hello/socket"), default));

        gateway.App.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task More_WebSockets_than_allowed_are_503()
    {
        await using var gateway = await RunningGateway.StartAsync(
            options => options with { Limits = options.Limits with { UpgradedConnections = 1 } },
            await EchoApp.StartAsync(WebSocketEchoAsync));
        using var first = new ClientWebSocket();
        first.Options.SetRequestHeader("Authorization", $"Bearer {gateway.Issuer.Token()}");
        await first.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Address.Port}/apps/demo/hello/socket"), default);

        using var second = new ClientWebSocket();
        second.Options.SetRequestHeader("Authorization", $"Bearer {gateway.Issuer.Token()}");
        second.Options.CollectHttpResponseDetails = true;
        await Should.ThrowAsync<WebSocketException>(() => second.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Address.Port}/apps/demo/hello/socket"), default));
        second.HttpStatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        // Ordinary requests go on.
        (await gateway.SendAsync("/apps/demo/hello/")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Events_arrive_one_by_one_as_they_are_sent()
    {
        var next = new SemaphoreSlim(0);
        await using var gateway = await RunningGateway.StartAsync(app: await EchoApp.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync();
            }
        }));

        using var response = await gateway.SendAsync("/apps/demo/hello/events", completion: HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
        {
            (await reader.ReadLineAsync()).ShouldBe($"data: {i}");
            (await reader.ReadLineAsync()).ShouldBe("");
            next.Release();
        }

        (await reader.ReadLineAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_request_body_reaches_the_app_while_it_is_still_being_sent()
    {
        var first = new TaskCompletionSource<string>();
        await using var gateway = await RunningGateway.StartAsync(app: await EchoApp.StartAsync(async context =>
        {
            var buffer = new byte[100];
            var read = await context.Request.Body.ReadAsync(buffer);
            first.SetResult(Encoding.UTF8.GetString(buffer, 0, read));
            await context.Request.Body.CopyToAsync(Stream.Null);
        }));
        var duplex = new DuplexContent("text/plain");

        var sending = gateway.SendAsync("/apps/demo/hello/", method: HttpMethod.Post, content: duplex);
        var output = await duplex.Stream;
        await output.WriteAsync("part"u8.ToArray());
        await output.FlushAsync();

        (await first.Task.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe("part");
        duplex.Complete();
        (await sending).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_app_is_told_when_the_client_is_gone()
    {
        var gone = new TaskCompletionSource();
        await using var gateway = await RunningGateway.StartAsync(app: await EchoApp.StartAsync(async context =>
        {
            context.RequestAborted.Register(() => gone.TrySetResult());
            await context.Response.Body.FlushAsync();
            await gone.Task;
        }));

        using (var response = await gateway.SendAsync("/apps/demo/hello/", completion: HttpCompletionOption.ResponseHeadersRead))
            response.StatusCode.ShouldBe(HttpStatusCode.OK);

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Large_answers_pass_unchanged()
    {
        var content = new byte[20_000_000];
        new Random(7).NextBytes(content);
        await using var gateway = await RunningGateway.StartAsync(app: await EchoApp.StartAsync(async context =>
        {
            if (context.Request.Query.ContainsKey("length"))
                context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content);
        }));

        foreach (var query in (string[])["", "?length"])
        {
            using var response = await gateway.SendAsync($"/apps/demo/hello/{query}");
            (await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(content).ShouldBeTrue();
        }
    }

    private static Task<HttpResponseMessage> SendGrpcAsync(RunningGateway gateway, string path, string? token = "") => gateway.SendAsync(
        path,
        token,
        HttpMethod.Post,
        new ByteArrayContent(Frame("x")) { Headers = { { "Content-Type", "application/grpc" } } },
        request => (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact));

    private static async Task GrpcEchoAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        while (await ReadFrameAsync(context.Request.Body) is { } message)
        {
            await context.Response.Body.WriteAsync(Frame(message.ToUpperInvariant()));
            await context.Response.Body.FlushAsync();
        }

        var path = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        context.Response.AppendTrailer("grpc-status", "0");
        context.Response.AppendTrailer("x-path", $"{path} te={context.Request.Headers.TE}");
    }

    private static async Task WebSocketEchoAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
            return;
#pragma warning disable CA5350 // RFC 6455 section 4.2.2 asks for SHA-1.
        var accept = Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(
            Encoding.ASCII.GetBytes(context.Request.Headers.SecWebSocketKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.SecWebSocketAccept = accept;
        using var socket = WebSocket.CreateFromStream(await upgrade.UpgradeAsync(), isServer: true, null, TimeSpan.FromMinutes(1));
        var buffer = new byte[1000];
        var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
        if (received.MessageType == WebSocketMessageType.Text)
        {
            var text = $"{context.Request.Path} {context.Request.Headers["X-Aerogrid-User"]}: {Encoding.UTF8.GetString(buffer, 0, received.Count)}";
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, context.RequestAborted);
            await socket.ReceiveAsync(buffer, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }

    /// <summary>Length-prefixed message of gRPC: one byte of flags, four of length.</summary>
    private static byte[] Frame(string message)
    {
        var bytes = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), message.Length);
        Encoding.ASCII.GetBytes(message, bytes.AsSpan(5));
        return bytes;
    }

    private static async Task<string?> ReadFrameAsync(Stream stream)
    {
        var head = new byte[5];
        if (await stream.ReadAtLeastAsync(head, 5, throwOnEndOfStream: false) < 5)
            return null;
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1))];
        await stream.ReadExactlyAsync(message);
        return Encoding.ASCII.GetString(message);
    }

    /// <summary>A body that is written while the answer is being read.</summary>
    private sealed class DuplexContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public DuplexContent(string type) => Headers.ContentType = new(type);

        public Task<Stream> Stream => stream.Task;

        public void Complete() => done.TrySetResult();

        protected override Task SerializeToStreamAsync(Stream target, TransportContext? context)
        {
            stream.TrySetResult(target);
            return done.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

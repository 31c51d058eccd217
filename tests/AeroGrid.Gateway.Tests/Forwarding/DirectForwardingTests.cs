using System.Net;
using System.Text;

using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Tests.Support;
using AeroGrid.TestKit;

namespace AeroGrid.Gateway.Tests.Forwarding;

/// <summary>Requests without a body, against apps that answer as well or as badly as a test wants.</summary>
public class DirectForwardingTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200\r\nContent-Length : 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0005;x=\"y\"\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task An_answer_reaches_the_client_however_it_is_framed(string answer)
    {
        await using var app = RawApp.Answering(answer);
        await using var gateway = await StartAsync(app);

        for (var i = 0; i < 2; i++)
        {
            using var response = await gateway.SendAsync("/apps/demo/hello/");
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await response.Content.ReadAsStringAsync()).ShouldBe("hello");
            response.Headers.Contains("Link").ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhello")]
    [InlineData("HTTP/1.0 200 OK\r\nServer: SimpleHTTP\r\n\r\nhello")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task An_answer_that_ends_its_connection_is_whole_and_the_next_request_gets_a_new_one(string answer)
    {
        await using var app = RawApp.Answering(answer, thenClose: true);
        await using var gateway = await StartAsync(app);

        for (var i = 0; i < 3; i++)
        {
            using var response = await gateway.SendAsync("/apps/demo/hello/");
            (await response.Content.ReadAsStringAsync()).ShouldBe("hello");
        }

        app.Connections.ShouldBe(3);
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"1\"\r\n\r\n", 304)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200)]
    [InlineData("DELETE", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200)]
    public async Task Answers_without_a_body_leave_the_connection_in_order(string method, string answer, int status)
    {
        await using var app = RawApp.Answering(answer);
        await using var gateway = await StartAsync(app);

        for (var i = 0; i < 3; i++)
        {
            using var response = await gateway.SendAsync("/apps/demo/hello/", method: new HttpMethod(method));
            ((int)response.StatusCode).ShouldBe(status);
            (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        }

        app.Connections.ShouldBe(1);
        app.Requests.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("SSH-2.0-hello\r\n\r\n")]
    [InlineData("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX Bad: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Bad\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Bad: a\rX-Evil: 1\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Bad: a\0b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    public async Task An_answer_that_could_be_read_in_two_ways_is_502(string answer)
    {
        await using var app = RawApp.Answering(answer);
        await using var gateway = await StartAsync(app);

        using var response = await gateway.SendAsync("/apps/demo/hello/");

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:app-broken-answer");
        response.Headers.Contains("X-Evil").ShouldBeFalse();
        app.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Headers_without_end_and_interim_answers_without_end_are_502()
    {
        foreach (var endless in (string[])[$"X-{new string('x', 1000)}: 1\r\n", "\r\nHTTP/1.1 103 Early Hints\r\n"])
        {
            await using var app = new RawApp(async connection =>
            {
                await connection.RequestAsync();
                await connection.SendAsync("HTTP/1.1 103 Early Hints\r\n");
                while (true)
                    await connection.SendAsync(endless);
            });
            await using var gateway = await StartAsync(app);

            using var response = await gateway.SendAsync("/apps/demo/hello/");

            response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n")]
    public async Task A_client_never_takes_a_part_of_an_answer_for_the_whole(string answer)
    {
        await using var app = RawApp.Answering(answer, thenClose: true);
        await using var gateway = await StartAsync(app);

        var raw = await RawClient.SendAsync(
            gateway.Address, $"GET /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\n\r\n");

        // Cut off: neither all ten bytes nor the last chunk.
        raw.ShouldNotEndWith("0\r\n\r\n");
        raw.ShouldNotContain("hellohello");
        app.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")]
    public async Task Bytes_that_nobody_asked_for_never_answer_the_next_request(string method, string answer)
    {
        await using var app = RawApp.Answering(answer);
        await using var gateway = await StartAsync(app);

        for (var i = 0; i < 3; i++)
        {
            using var response = await gateway.SendAsync("/apps/demo/hello/", method: new HttpMethod(method));
            (await response.Content.ReadAsStringAsync()).ShouldBeOneOf("hello", "");
        }

        app.Connections.ShouldBe(3);
    }

    [Fact]
    public async Task A_connection_on_which_bytes_arrive_between_requests_is_not_used_again()
    {
        var poisoned = new TaskCompletionSource();
        var poison = new TaskCompletionSource();
        await using var app = new RawApp(async connection =>
        {
            await connection.RequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            if (connection.Number > 1)
                return;
            await poison.Task;
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
            poisoned.SetResult();
            await connection.ClosedAsync();
        });
        await using var gateway = await StartAsync(app);
        (await gateway.SendAsync("/apps/demo/hello/")).Dispose();
        poison.SetResult();
        await poisoned.Task;

        using var response = await gateway.SendAsync("/apps/demo/hello/");

        (await response.Content.ReadAsStringAsync()).ShouldBe("hello");
        app.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task The_app_gets_a_request_that_can_be_read_in_one_way()
    {
        await using var app = RawApp.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var gateway = await StartAsync(app);

        await RawClient.SendAsync(
            gateway.Address,
            $"POST /apps/demo/hello/a%20b?q=1%0d%0aX HTTP/1.1\r\nHost: x\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nContent-Length: 0\r\nTE: trailers\r\nCookie: a=1\r\nCookie: b=2\r\nX-Two: 1\r\nX-Two: 2\r\nX-Forwarded-For: 6.6.6.6\r\nX-Aerogrid-User: root\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\n\r\n");

        var lines = app.Requests.Single().Split("\r\n");
        lines[0].ShouldBe("POST /a%20b?q=1%0d%0aX HTTP/1.1");
        lines.Count(line => line.StartsWith("Content-Length", StringComparison.OrdinalIgnoreCase)).ShouldBe(1);
        lines.ShouldContain("Content-Length: 0");
        lines.ShouldContain("Host: x");
        lines.ShouldContain("Cookie: a=1; b=2");
        lines.ShouldContain("X-Two: 1, 2");
        lines.ShouldContain("X-Forwarded-For: 127.0.0.1");
        lines.ShouldContain("X-Aerogrid-User: alice");
        lines.ShouldNotContain(line => line.StartsWith("Connection", StringComparison.OrdinalIgnoreCase));
        lines.ShouldNotContain(line => line.StartsWith("TE:", StringComparison.OrdinalIgnoreCase));
        lines.ShouldNotContain(line => line.StartsWith("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));
        lines.ShouldNotContain(line => line.StartsWith("Authorization", StringComparison.OrdinalIgnoreCase));
        lines[^2..].ShouldBe(["", ""]);
    }

    [Fact]
    public async Task Headers_of_the_connection_to_the_app_end_there_and_others_pass_with_their_bytes()
    {
        await using var app = RawApp.Answering(
            "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nAlt-Svc: h2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nx-name: Zo\u00eb\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n");
        await using var gateway = await StartAsync(app);

        using var response = await gateway.SendAsync("/apps/demo/hello/");

        response.Headers.NonValidated.Select(header => header.Key).ShouldNotContain(name => name == "X-Hop" || name == "Keep-Alive" || name == "Upgrade" || name == "Alt-Svc");
        response.Headers.GetValues("Set-Cookie").ShouldBe(["a=1", "b=2"]);
        response.Headers.Contains("X-Empty").ShouldBeTrue();
        var raw = await RawClient.SendAsync(
            gateway.Address, $"GET /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\n\r\n", Encoding.Latin1);
        raw.ShouldContain("x-name: Zo\u00eb\r\n", Case.Insensitive);
    }

    [Fact]
    public async Task An_app_that_is_silent_for_too_long_is_504_and_a_silent_stream_is_cut()
    {
        foreach (var (start, status) in ((string, int)[])[("", 504), ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 200)])
        {
            await using var app = new RawApp(async connection =>
            {
                await connection.RequestAsync();
                await connection.SendAsync(start);
                await connection.ClosedAsync();
            });
            await using var gateway = await StartAsync(app, options => options with { Limits = options.Limits with { IdleTimeout = TimeSpan.FromMilliseconds(300) } });

            using var response = await gateway.SendAsync("/apps/demo/hello/", completion: HttpCompletionOption.ResponseHeadersRead);

            ((int)response.StatusCode).ShouldBe(status);
            if (status == 200)
                await Should.ThrowAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_client_that_does_not_read_makes_the_app_wait()
    {
        var sent = 0L;
        await using var app = new RawApp(async connection =>
        {
            await connection.RequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            var block = new string('x', 100_000);
            while (true)
            {
                await connection.SendAsync(block);
                Interlocked.Add(ref sent, block.Length);
            }
        });
        await using var gateway = await StartAsync(app);

        using var response = await gateway.SendAsync("/apps/demo/hello/", completion: HttpCompletionOption.ResponseHeadersRead);

        // The app is held up when what it has sent stands still; the buffers on the way are of the kernel.
        var before = -1L;
        await Eventually.True(
            () =>
            {
                var after = Interlocked.Read(ref sent);
                (var isStill, before) = (after > 0 && after == before, after);
                return isStill;
            },
            "the app was never held up");
        before.ShouldBeLessThan(100_000_000);
    }

    private static async Task<RunningGateway> StartAsync(RawApp app, Func<GatewayOptions, GatewayOptions>? configure = null)
    {
        var gateway = await RunningGateway.StartAsync(configure);
        gateway.Put(Given.Slice("hello-1", http: app.Port));
        return gateway;
    }
}

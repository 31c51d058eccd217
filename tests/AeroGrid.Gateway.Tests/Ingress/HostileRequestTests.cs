using System.Net;

using AeroGrid.Gateway.Tests.Support;

namespace AeroGrid.Gateway.Tests.Ingress;

public class HostileRequestTests
{
    [Theory]
    [InlineData("/apps/demo/hello/../other/x")]
    [InlineData("/apps/demo/hello/%2e%2e/other/x")]
    [InlineData("/apps/demo/hello/.%2E/other/x")]
    [InlineData("//apps//demo//other//x")]
    [InlineData("/apps/demo/./other/x")]
    [InlineData("/%61pps/demo/other/x")]
    public async Task A_path_is_routed_and_judged_as_what_it_means(string path)
    {
        // Members may call hello, nobody may call other: whoever disguises other as hello must meet other's policy.
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(
            Given.Route("other"),
            Given.Service("other"),
            Given.Slice("other-1", "other", http: gateway.App.Port),
            Denied("other"));

        using var response = await gateway.SendAsync(path);

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        gateway.App.Requests.ShouldBe(0);
    }

    [Theory]
    [InlineData("/apps/demo/hello/admin")]
    [InlineData("/apps/demo/hello//admin")]
    [InlineData("/apps/demo/hello/./admin")]
    [InlineData("/apps/demo/hello/x/../admin")]
    [InlineData("/apps/demo/hello/%61dmin")]
    [InlineData("/apps/demo/hello/x/%2e%2e/admin")]
    public async Task A_policy_on_a_path_is_decided_on_the_path_that_the_app_gets(string path)
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Policy("no-admin", "demo", "DENY", new Resources.AuthorizationRuleSpec
        {
            To = [new() { Operation = new() { Paths = ["/admin*"] } }],
        }));

        using var response = await gateway.SendAsync(path);

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        gateway.App.Requests.ShouldBe(0);
    }

    [Theory]
    [InlineData("/apps/demo/hello/a%2fb")]
    [InlineData("/apps/demo/hello/..%2f..%2fother")]
    [InlineData("/apps/demo/hello/%5c..%5cother")]
    [InlineData("/apps/demo/hello\\..\\other")]
    [InlineData("/apps/demo/hello/%0")]
    public async Task An_ambiguous_path_is_400(string path)
    {
        await using var gateway = await RunningGateway.StartAsync();

        var answer = await RawClient.SendAsync(
            gateway.Address, $"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\n\r\n");

        answer.ShouldStartWith("HTTP/1.1 400");
        gateway.App.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task A_doubly_escaped_path_stays_in_its_app_and_is_not_decoded_twice()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var echo = await gateway.EchoAsync("/apps/demo/hello/%252e%252e/other");
        echo.Target.ShouldBe("/%252e%252e/other");
    }

    [Fact]
    public async Task Both_lengths_of_a_body_are_400()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var answer = await RawClient.SendAsync(
            gateway.Address,
            $"POST /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX");

        answer.ShouldStartWith("HTTP/1.1 400");
        gateway.App.Requests.ShouldBe(0);
    }

    [Theory]
    [InlineData("Transfer-Encoding: xchunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n")]
    [InlineData("Content-Length : 5\r\n")]
    public async Task Broken_framing_never_reaches_an_app(string header)
    {
        await using var gateway = await RunningGateway.StartAsync();

        var answer = await RawClient.SendAsync(
            gateway.Address,
            $"POST /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\n{header}\r\nGET /apps/demo/hello/smuggled HTTP/1.1\r\nHost: x\r\n\r\n");

        answer.ShouldStartWith("HTTP/1.1 4");
        gateway.App.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task An_oddly_written_length_reaches_the_app_in_its_one_form()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var answer = await RawClient.SendAsync(
            gateway.Address,
            $"POST /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\nContent-Length: +005\r\n\r\nabcdefgh");

        answer.ShouldContain("\"content-length\":\"5\"");
        answer.ShouldContain("\"abcde\"");
        gateway.App.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task Other_protocols_than_WebSocket_are_not_tunnelled()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var answer = await RawClient.SendAsync(
            gateway.Address,
            $"GET /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");

        answer.ShouldStartWith("HTTP/1.1 200");
        answer.ShouldNotContain("\"upgrade\"");
        answer.ShouldNotContain("http2-settings");
    }

    [Fact]
    public async Task Tunnels_are_not_opened()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var answer = await RawClient.SendAsync(gateway.Address, "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\nConnection: close\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 501");
        answer.ShouldContain("method-not-supported");
    }

    [Fact]
    public async Task Too_large_headers_are_431_with_a_problem()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var large = await gateway.SendAsync("/apps/demo/hello/", change: request => request.Headers.Add("X-Large", new string('x', 40_000)));
        large.StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
        (await RunningGateway.ProblemAsync(large)).Type.ShouldBe("urn:aerogrid:problem:headers-too-large");

        using var many = await gateway.SendAsync("/apps/demo/hello/", change: request =>
        {
            for (var i = 0; i < 120; i++)
                request.Headers.Add($"X-{i}", "1");
        });
        many.StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
        gateway.App.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task Huge_headers_end_at_the_server_itself()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var answer = await RawClient.SendAsync(gateway.Address, $"GET / HTTP/1.1\r\nHost: x\r\nX-Large: {new string('x', 200_000)}\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 431");
    }

    [Fact]
    public async Task A_too_long_address_is_414()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var response = await gateway.SendAsync($"/apps/demo/hello/?{new string('x', 9000)}");
        response.StatusCode.ShouldBe(HttpStatusCode.RequestUriTooLong);
        await RunningGateway.ProblemAsync(response);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_too_large_body_is_413_whether_announced_or_not(bool announced)
    {
        await using var gateway = await RunningGateway.StartAsync(options => options with { Limits = options.Limits with { RequestBodyBytes = 100_000 } });
        var framing = announced ? "Content-Length: 200000" : "Transfer-Encoding: chunked";
        var body = announced ? new string('x', 200_000) : $"30d40\r\n{new string('x', 200_000)}\r\n0\r\n\r\n";

        var answer = await RawClient.SendAsync(
            gateway.Address,
            $"POST /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\nConnection: close\r\n{framing}\r\n\r\n{body}");

        answer.ShouldStartWith("HTTP/1.1 413");
        answer.ShouldContain("at most 100000 bytes");
    }

    [Fact]
    public async Task Headers_that_never_end_are_given_up()
    {
        await using var gateway = await RunningGateway.StartAsync(options => options with
        {
            Limits = options.Limits with { RequestHeadersTimeout = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) },
        });

        foreach (var start in (string[])["", "P", "PRI * HT", "GET / HTTP/1.1\r\nX-"])
            (await RawClient.SendAsync(gateway.Address, start)).ShouldSatisfyAllConditions(answer => (answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal)).ShouldBeTrue(answer));
    }

    [Fact]
    public async Task Two_tokens_are_not_accepted()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var token = gateway.Issuer.Token();

        var answer = await RawClient.SendAsync(
            gateway.Address,
            $"GET /apps/demo/hello/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n\r\n");

        answer.ShouldStartWith("HTTP/1.1 401");
        answer.ShouldContain("more than one token");
    }

    [Fact]
    public async Task A_problem_of_a_HEAD_request_has_no_body()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var response = await gateway.SendAsync("/apps/demo/hello/", token: null, method: HttpMethod.Head);
        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pipelined_requests_are_each_judged()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var answer = await RawClient.SendAsync(
            gateway.Address,
            $"GET /apps/demo/hello/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.Issuer.Token()}\r\n\r\nGET /apps/demo/hello/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 200");
        answer.ShouldContain("HTTP/1.1 401");
        gateway.App.Requests.ShouldBe(1);
    }

    private static Resources.AuthorizationPolicy Denied(string app)
    {
        var policy = Given.Policy($"{app}-denied", "demo", "DENY", new Resources.AuthorizationRuleSpec());
        policy.Spec = policy.Spec! with { Selector = new() { MatchLabels = new Dictionary<string, string> { ["app.kubernetes.io/name"] = app } } };
        return policy;
    }
}

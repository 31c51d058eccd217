using System.Net;
using System.Text;

using AeroGrid.Gateway.Tests.Support;

namespace AeroGrid.Gateway.Tests.Ingress;

public class ForwardingTests
{
    [Fact]
    public async Task A_request_of_a_member_reaches_the_app_without_the_prefix()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var echo = await gateway.EchoAsync("/apps/demo/hello/some/path?a=1&b=%2F%20x");

        echo.Target.ShouldBe("/some/path?a=1&b=%2F%20x");
        echo.Method.ShouldBe("GET");
        echo.Headers["x-forwarded-prefix"].ShouldBe("/apps/demo/hello");
        echo.Headers["x-forwarded-for"].ShouldBe("127.0.0.1");
        echo.Headers["x-forwarded-proto"].ShouldBe("http");
        echo.Headers["x-forwarded-host"].ShouldBe($"127.0.0.1:{gateway.Address.Port}");
        echo.Headers["x-aerogrid-user"].ShouldBe("alice");
        echo.Headers["x-aerogrid-tenant"].ShouldBe("demo");
        echo.Headers.ShouldNotContainKey("authorization");
    }

    [Fact]
    public async Task A_body_reaches_the_app_with_its_length_and_type()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var echo = await gateway.EchoAsync("/apps/demo/hello/", HttpMethod.Post, new StringContent("{\"x\":1}", Encoding.UTF8, "application/json"));

        echo.Body.ShouldBe("{\"x\":1}");
        echo.Headers["content-type"].ShouldBe("application/json; charset=utf-8");
        echo.Headers["content-length"].ShouldBe("7");
    }

    [Fact]
    public async Task The_app_without_a_slash_at_the_end_is_redirected()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var response = await gateway.SendAsync("/apps/demo/hello?x=1", token: null);

        response.StatusCode.ShouldBe(HttpStatusCode.PermanentRedirect);
        response.Headers.Location!.OriginalString.ShouldBe("/apps/demo/hello/?x=1");
    }

    [Fact]
    public async Task Without_a_token_the_answer_is_401_with_a_challenge()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var response = await gateway.SendAsync("/apps/demo/hello/", token: null);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer realm=\"aerogrid\"");
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:no-token");
        gateway.App.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task With_another_tenants_token_the_answer_is_403()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var response = await gateway.SendAsync("/apps/demo/hello/", gateway.Issuer.Token(tenants: ["other"]));

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:forbidden");
        gateway.App.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task An_unknown_app_is_404()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var response = await gateway.SendAsync("/apps/demo/missing/", token: null);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await RunningGateway.ProblemAsync(response)).Detail.ShouldContain("/apps/demo/missing/");
    }

    [Fact]
    public async Task An_app_with_no_ready_pod_is_503_with_Retry_After()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("hello-1", http: gateway.App.Port, ready: false));

        using var response = await gateway.SendAsync("/apps/demo/hello/");

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:app-not-ready");
    }

    [Fact]
    public async Task Nothing_is_served_before_all_objects_are_known()
    {
        await using var gateway = await RunningGateway.StartAsync(build: false);

        using var response = await gateway.SendAsync("/apps/demo/hello/");

        gateway.Server.IsReady.ShouldBeFalse();
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:gateway-starting");
        gateway.App.Requests.ShouldBe(0);
    }
}

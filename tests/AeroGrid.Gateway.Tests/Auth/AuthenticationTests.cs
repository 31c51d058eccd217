using System.Net;

using AeroGrid.Gateway.Tests.Support;

using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Gateway.Tests.Auth;

public class AuthenticationTests
{
    [Fact]
    public async Task A_bad_token_is_401_with_its_reason_in_challenge_and_problem()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var response = await gateway.SendAsync("/apps/demo/hello/", gateway.Issuer.Token(now: TimeProvider.System.GetUtcNow().AddHours(-1)));

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer realm=\"aerogrid\", error=\"invalid_token\", error_description=\"The token has expired\"");
        var problem = await RunningGateway.ProblemAsync(response);
        problem.Type.ShouldBe("urn:aerogrid:problem:bad-token");
        problem.Detail.ShouldBe("The token has expired: get a new one.");
        gateway.App.Requests.ShouldBe(0);
    }

    [Fact]
    public async Task A_bad_token_is_refused_even_where_none_is_needed()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Public());

        (await gateway.SendAsync("/apps/demo/hello/", token: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await gateway.SendAsync("/apps/demo/hello/", token: "garbage")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Another_scheme_is_no_token_and_reaches_a_public_app()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using (var refused = await gateway.SendAsync("/apps/demo/hello/", token: null, change: request => request.Headers.Authorization = new("Basic", "eDp5")))
            (await RunningGateway.ProblemAsync(refused)).Type.ShouldBe("urn:aerogrid:problem:no-token");

        gateway.Put(Given.Public());
        using var response = await gateway.SendAsync("/apps/demo/hello/", token: null, change: request => request.Headers.Authorization = new("Basic", "eDp5"));
        (await Echo.ReadAsync(response)).Headers["authorization"].ShouldBe("Basic eDp5");
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    public async Task The_scheme_is_read_without_case(string scheme)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var response = await gateway.SendAsync("/apps/demo/hello/", token: null, change: request => request.Headers.Authorization = new(scheme, gateway.Issuer.Token()));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Echo.ReadAsync(response)).Headers.ShouldNotContainKey("authorization");
    }

    [Fact]
    public async Task The_token_is_forwarded_only_when_the_rule_says_so()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var authentication = Given.Authentication(jwksUri: gateway.Issuer.JwksUri, issuer: gateway.Issuer.Issuer);
        authentication.Spec.JwtRules![0] = authentication.Spec.JwtRules[0] with { ForwardOriginalToken = true };
        gateway.Put(authentication);

        (await gateway.EchoAsync("/apps/demo/hello/")).Headers["authorization"].ShouldStartWith("Bearer ");
    }

    [Fact]
    public async Task Tokens_may_stand_in_another_header()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var authentication = Given.Authentication(jwksUri: gateway.Issuer.JwksUri, issuer: gateway.Issuer.Issuer);
        authentication.Spec.JwtRules![0] = authentication.Spec.JwtRules[0] with { FromHeaders = [new() { Name = "X-Token", Prefix = "jwt " }] };
        gateway.Put(authentication);

        using var response = await gateway.SendAsync("/apps/demo/hello/", token: null, change: request => request.Headers.Add("X-Token", $"jwt {gateway.Issuer.Token()}"));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Echo.ReadAsync(response)).Headers.ShouldNotContainKey("x-token");

        (await gateway.SendAsync("/apps/demo/hello/")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Two_issuers_may_stand_side_by_side()
    {
        await using var second = TestIssuer.Create();
        await second.StartAsync();
        await using var gateway = await RunningGateway.StartAsync();
        var authentication = Given.Authentication(jwksUri: gateway.Issuer.JwksUri, issuer: gateway.Issuer.Issuer);
        authentication.Spec = authentication.Spec with
        {
            JwtRules = [authentication.Spec.JwtRules![0], new() { Issuer = second.Issuer, Jwks = second.Jwks, Audiences = [Given.Audience] }],
        };
        gateway.Put(authentication);

        for (var i = 0; i < 2; i++)
        {
            (await gateway.SendAsync("/apps/demo/hello/", gateway.Issuer.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await gateway.SendAsync("/apps/demo/hello/", second.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        // One issuer's key does not vouch for the other's tokens.
        (await gateway.SendAsync("/apps/demo/hello/", second.Token(key: gateway.Issuer.SigningKey))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.SendAsync("/apps/demo/hello/", second.Token(issuer: gateway.Issuer.Issuer))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_issuer_that_was_never_there_is_503()
    {
        await using var gateway = await RunningGateway.StartAsync(build: false);
        gateway.Issuer.IsAway = true;
        gateway.Server.State.Build();

        using var response = await gateway.SendAsync("/apps/demo/hello/");

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await RunningGateway.ProblemAsync(response)).Type.ShouldBe("urn:aerogrid:problem:issuer-unavailable");
    }

    [Fact]
    public async Task Rules_that_cannot_be_used_are_reported_and_admit_nobody()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var authentication = Given.Authentication(issuer: gateway.Issuer.Issuer);
        authentication.Spec = authentication.Spec with
        {
            JwtRules =
            [
                new() { Issuer = gateway.Issuer.Issuer, Jwks = "{}", Audiences = [Given.Audience] },
                new() { Issuer = "not-an-address", Audiences = [Given.Audience] },
                new() { Issuer = gateway.Issuer.Issuer, JwksUri = "file:///etc/passwd", Audiences = [Given.Audience] },
                new() { Issuer = "https://x.test", FromParams = ["token"], Unknown = new() { ["outputPayloadToHeader"] = default } },
            ],
        };
        gateway.Put(authentication);

        (await gateway.SendAsync("/apps/demo/hello/")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, string.Join('\n', gateway.Logs));
        var warning = gateway.Logs.Single(line => line.Contains("RequestAuthentication demo/tenant"));
        foreach (var field in (string[])["jwtRules[0].jwks", "jwtRules[1].issuer", "jwtRules[2].jwksUri", "jwtRules[3].fromParams", "jwtRules[3].audiences", "jwtRules[3].outputPayloadToHeader"])
            warning.ShouldContain(field);
    }

    [Fact]
    public async Task A_rotated_key_is_followed_by_a_running_gateway()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await RunningGateway.StartAsync(options => options with { TimeProvider = time });
        (await gateway.SendAsync("/apps/demo/hello/")).StatusCode.ShouldBe(HttpStatusCode.OK);
        gateway.Issuer.Rotate(TestIssuer.Ec("second"));
        time.Advance(TimeSpan.FromSeconds(10));

        (await gateway.SendAsync("/apps/demo/hello/", gateway.Issuer.Token(algorithm: SecurityAlgorithms.EcdsaSha256))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}

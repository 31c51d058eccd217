using System.Text;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.Tests.Authentication;

public sealed class OidcTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z"));
    private readonly HttpClient _http = new(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(5) };
    private TestIssuer _issuer = null!;
    private OidcKeys _keys = null!;
    private OidcAuthenticator _authenticator = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TestIssuer.StartAsync();
        _keys = new OidcKeys(_issuer.Issuer, _http, _time, NullLogger<OidcKeys>.Instance);
        _authenticator = Authenticator(new OidcOptions(_issuer.Issuer, "aerogrid-api"));
    }

    public async ValueTask DisposeAsync()
    {
        _keys.Dispose();
        _http.Dispose();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_valid_token_names_user_and_groups_but_never_groups_of_the_system()
    {
        var user = await _authenticator.AuthenticateTokenAsync(_issuer.Token(Now), [], default);

        user.ShouldNotBeNull();
        user.Audiences.ShouldContain("aerogrid-api");
        user.User.Name.ShouldBe("jane");
        user.User.Groups.ShouldBe(["developers", UserInfo.AuthenticatedGroup]);
    }

    [Fact]
    public async Task Tokens_of_others_and_garbage_are_left_to_other_authenticators()
    {
        foreach (var token in new[] { "secret", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", _issuer.Token(Now, d => d.Issuer = "https://other") })
        {
            (await _authenticator.AuthenticateTokenAsync(token, [], default)).ShouldBeNull(token);
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_token_is_told()
    {
        await Refused(_issuer.Token(Now.AddMinutes(-10)), "it expired at");
        await Refused(_issuer.Token(Now.AddMinutes(10)), "it is not valid before");
        await Refused(_issuer.Token(Now, d => d.Expires = null), "it has no expiry");
        await Refused(_issuer.Token(Now, d => d.Audience = "aerogrid-apps"), "its audience is not \"aerogrid-api\"");
        await Refused(_issuer.Token(Now, d => d.Claims.Remove("preferred_username")), "it has no claim \"preferred_username\"");
        await Refused(_issuer.Token(Now, d => d.Claims["preferred_username"] = "system:admin"), "reserved");
        await Refused(_issuer.TokenSignedWithPublicKey(Now), "algorithm \"HS256\" is not accepted");
        await Refused(Unsigned(), "algorithm \"none\" is not accepted");
        await Refused(_issuer.Token(Now)[..^8] + "AAAAAAAA", "its signature is wrong");
    }

    [Fact]
    public async Task A_new_key_is_found_at_once_and_an_old_one_is_refused()
    {
        var old = _issuer.Token(Now);
        (await _authenticator.AuthenticateTokenAsync(old, [], default)).ShouldNotBeNull();
        _issuer.RotateKey();
        _time.Advance(OidcKeys.MinimumInterval);

        (await _authenticator.AuthenticateTokenAsync(_issuer.Token(Now), [], default)).ShouldNotBeNull();
        await Refused(old, "key that the issuer does not publish");
    }

    [Fact]
    public async Task Invented_key_ids_do_not_flood_the_issuer()
    {
        await Parallel.ForAsync(0, 50, async (i, _) =>
            await Refused(_issuer.Token(Now, d => d.SigningCredentials.Key.KeyId = $"invented-{i}"), "key that the issuer does not publish"));

        _issuer.KeyReads.ShouldBe(1);
    }

    [Fact]
    public async Task Keys_that_the_issuer_withdraws_end_within_an_hour()
    {
        var token = _issuer.Token(Now, d => d.Expires = Now.AddHours(3).UtcDateTime);
        (await _authenticator.AuthenticateTokenAsync(token, [], default)).ShouldNotBeNull();
        _issuer.RotateKey();
        (await _authenticator.AuthenticateTokenAsync(token, [], default)).ShouldNotBeNull();

        _time.Advance(OidcKeys.MaximumAge);

        await Refused(token, "key that the issuer does not publish");
    }

    [Fact]
    public async Task A_discovery_document_of_another_issuer_gives_no_keys()
    {
        _issuer.ClaimedIssuer = "https://other";
        var error = await Should.ThrowAsync<ApiException>(async () => await _authenticator.AuthenticateTokenAsync(_issuer.Token(Now), [], default));
        error.Code.ShouldBe(503);
    }

    [Fact]
    public async Task An_issuer_that_starts_later_is_found_then()
    {
        _issuer.ClaimedIssuer = "https://starting";
        var token = _issuer.Token(Now);
        await Should.ThrowAsync<ApiException>(async () => await _authenticator.AuthenticateTokenAsync(token, [], default));
        _issuer.ClaimedIssuer = null;
        _time.Advance(OidcKeys.MinimumIntervalAtStart);

        (await _authenticator.AuthenticateTokenAsync(token, [], default)).ShouldNotBeNull();
    }

    private OidcAuthenticator Authenticator(OidcOptions options) =>
        new(options, _keys, new ApiAudiences(new ApiServerOptions { DataFolder = "", Oidc = options }), _time);

    private DateTimeOffset Now => _time.GetUtcNow();

    private string Unsigned()
    {
        var payload = _issuer.Token(Now).Split('.')[1];
        return Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes($$"""{"alg":"none","kid":"{{_issuer.KeyId}}"}""")) + "." + payload + ".";
    }

    private async Task Refused(string token, string why)
    {
        var error = await Should.ThrowAsync<ApiException>(async () => await _authenticator.AuthenticateTokenAsync(token, [], default));
        error.Code.ShouldBe(401);
        error.Message.ShouldContain(why);
    }
}

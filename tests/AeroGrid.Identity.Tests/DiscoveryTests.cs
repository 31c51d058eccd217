using System.Text.Json.Nodes;
using AeroGrid.Identity.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Identity.Tests;

public sealed class DiscoveryTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z"));
    private TestIdentity _identity = null!;

    public async ValueTask InitializeAsync() => _identity = await TestIdentity.StartAsync(_time);

    public ValueTask DisposeAsync() => _identity.DisposeAsync();

    [Fact]
    public async Task The_document_tells_what_the_issuer_can()
    {
        var document = JsonNode.Parse(await _identity.Http.GetStringAsync("/identity/.well-known/openid-configuration"))!;

        ((string?)document["issuer"]).ShouldBe(_identity.Issuer);
        foreach (var (field, path) in new[]
        {
            ("authorization_endpoint", "/connect/authorize"), ("token_endpoint", "/connect/token"), ("jwks_uri", "/.well-known/jwks.json"),
            ("device_authorization_endpoint", "/connect/device"), ("userinfo_endpoint", "/connect/userinfo"),
            ("end_session_endpoint", "/connect/endsession"), ("revocation_endpoint", "/connect/revoke"),
        })
        {
            ((string?)document[field]).ShouldBe(_identity.Issuer + path);
        }

        Texts(document["code_challenge_methods_supported"]).ShouldBe(["S256"]);
        Texts(document["id_token_signing_alg_values_supported"]).ShouldBe(["RS256"]);
        Texts(document["response_types_supported"]).ShouldBe(["code"]);
        Texts(document["scopes_supported"]).ShouldBe(
            ["openid", "profile", "email", "offline_access", Audiences.Api, Audiences.Apps], ignoreOrder: true);
        Texts(document["grant_types_supported"]).ShouldBe(
            [
                "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ],
            ignoreOrder: true);
    }

    [Fact]
    public async Task Only_public_keys_are_published()
    {
        var keys = await KeysAsync();
        var key = keys.ShouldHaveSingleItem()!;
        ((string?)key["kty"]).ShouldBe("RSA");
        ((string?)key["alg"]).ShouldBe("RS256");
        ((string?)key["kid"]).ShouldNotBeNullOrEmpty();
        key.AsObject().ContainsKey("d").ShouldBeFalse();
    }

    [Fact]
    public async Task Keys_survive_a_restart_and_files_are_for_the_owner_only()
    {
        var before = await KeysAsync();
        var token = (string)(await _identity.ExchangeAsync("demo", Audiences.Api)).Body["access_token"]!;

        await _identity.RestartAsync();

        (await KeysAsync()).ToJsonString().ShouldBe(before.ToJsonString());
        await _identity.ValidateAsync(token, Audiences.Api);
        foreach (var file in new[] { "keys.json", "users.json", "local-client-secret" })
        {
            File.GetUnixFileMode(_identity.FileOf(file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    [Fact]
    public async Task After_a_rotation_the_old_key_verifies_until_what_it_signed_has_expired()
    {
        var old = (string)(await _identity.ExchangeAsync("demo", Audiences.Apps)).Body["access_token"]!;

        // As another process does it while the platform runs.
        await SigningKeys.Of(_identity.Options).RotateAsync();

        var fresh = (string)(await _identity.ExchangeAsync("demo", Audiences.Apps)).Body["access_token"]!;
        (await KeysAsync()).Count.ShouldBe(2);
        var oldKey = (await _identity.ValidateAsync(old, Audiences.Apps)).Kid;
        oldKey.ShouldNotBe((await _identity.ValidateAsync(fresh, Audiences.Apps)).Kid);

        _time.Advance(_identity.Options.RefreshTokenLifetime + TimeSpan.FromMinutes(1));
        await _identity.Services.GetRequiredService<SigningKeys>().RotateAsync();
        (await KeysAsync()).ShouldNotContain(k => (string?)k!["kid"] == oldKey);
    }

    [Fact]
    public async Task A_compromised_key_is_gone_at_once()
    {
        var old = (string)(await _identity.ExchangeAsync("demo", Audiences.Api)).Body["access_token"]!;
        await SigningKeys.Of(_identity.Options).RotateAsync(compromised: true);
        await Should.ThrowAsync<SecurityTokenSignatureKeyNotFoundException>(() => _identity.ValidateAsync(old, Audiences.Api));
    }

    [Theory]
    [InlineData("keys.json", "{")]
    [InlineData("keys.json", """{"signing":[],"encryption":"AAAA"}""")]
    [InlineData("users.json", "[]")]
    [InlineData("users.json", """{"users":[{"user":{"name":null},"passwordHash":"x","passwordChanged":"2030-01-01T00:00:00Z"}]}""")]
    public async Task A_damaged_file_is_named_at_the_start_with_a_way_out(string file, string content)
    {
        var path = _identity.FileOf(file);
        var whole = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, content);

        var error = await Should.ThrowAsync<IdentityException>(() => _identity.RestartAsync());
        error.Message.ShouldContain(path);
        error.Message.ShouldContain("restore it from a backup");

        await File.WriteAllTextAsync(path, whole);
        await _identity.RestartAsync();
        (await _identity.ExchangeAsync("demo", Audiences.Api)).Body.ContainsKey("access_token").ShouldBeTrue();
    }

    private async Task<JsonArray> KeysAsync() =>
        JsonNode.Parse(await _identity.Http.GetStringAsync("/identity/.well-known/jwks.json"))!["keys"]!.AsArray();

    private static IEnumerable<string> Texts(JsonNode? array) => array!.AsArray().Select(n => (string)n!);
}

using System.Net;
using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Users;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.Identity.Tests;

public sealed class TokenExchangeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z"));
    private TestIdentity _identity = null!;

    public async ValueTask InitializeAsync() => _identity = await TestIdentity.StartAsync(_time);

    public ValueTask DisposeAsync() => _identity.DisposeAsync();

    [Fact]
    public async Task The_owner_of_the_data_folder_gets_a_token_for_any_local_user()
    {
        await _identity.Users.AddAsync(
            new LocalUser { Name = "jane", DisplayName = "Jane", Email = "jane@example.com", Groups = ["developers"], Tenants = ["demo", "sales"] },
            "correct horse");

        var (status, body) = await _identity.ExchangeAsync("jane", Audiences.Apps);

        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        ((string?)body["issued_token_type"]).ShouldBe("urn:ietf:params:oauth:token-type:access_token");
        ((string?)body["token_type"]).ShouldBe("Bearer");
        ((int)body["expires_in"]!).ShouldBeInRange(3595, 3600);
        body.ContainsKey("refresh_token").ShouldBeFalse();
        var token = await _identity.ValidateAsync((string)body["access_token"]!, Audiences.Apps);
        token.Typ.ShouldBe("at+jwt");
        token.Alg.ShouldBe("RS256");
        token.Audiences.ShouldBe([Audiences.Apps]);
        token.Subject.ShouldBe(_identity.Users.Find("jane")!.Subject);
        token.GetPayloadValue<string>("preferred_username").ShouldBe("jane");
        token.GetPayloadValue<string>("email").ShouldBe("jane@example.com");
        token.GetPayloadValue<string[]>("groups").ShouldBe(["developers"]);
        token.GetPayloadValue<string[]>("tenants").ShouldBe(["demo", "sales"]);
        token.GetPayloadValue<string>("jti").ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Lists_are_arrays_whatever_their_length()
    {
        var (_, body) = await _identity.ExchangeAsync("demo", Audiences.Api);
        var payload = Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(((string)body["access_token"]!).Split('.')[1]);
        payload.ShouldContain("\"tenants\":[\"demo\"]");
        payload.ShouldContain("\"groups\":[]");
        ((int)body["expires_in"]!).ShouldBeInRange(895, 900);
    }

    [Fact]
    public async Task A_wrong_or_missing_secret_is_refused()
    {
        foreach (var secret in new[] { "wrong", "", LocalClient.ReadSecret(_identity.Options.DataFolder) + "x" })
        {
            var (status, body) = await _identity.ExchangeAsync("demo", Audiences.Api, secret);
            status.ShouldBe(HttpStatusCode.Unauthorized);
            ((string?)body["error"]).ShouldBe("invalid_client");
        }
    }

    [Theory]
    [InlineData("nobody", Audiences.Api, "invalid_grant", "aerogrid users list")]
    [InlineData("demo", "other", "invalid_target", "")]
    [InlineData("demo", "", "invalid_target", "Set the parameter audience")]
    public async Task What_is_wrong_with_an_exchange_is_told(string user, string audience, string error, string description)
    {
        var (status, body) = await _identity.ExchangeAsync(user, audience);
        status.ShouldBe(HttpStatusCode.BadRequest);
        ((string?)body["error"]).ShouldBe(error);
        ((string?)body["error_description"] ?? "").ShouldContain(description);
    }

    [Fact]
    public async Task Other_subject_tokens_and_other_clients_are_refused()
    {
        var (status, _) = await _identity.PostAsync(
            "connect/token",
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("client_id", "aerogrid-cli"),
            ("subject_token", "demo"),
            ("subject_token_type", LocalClient.UserNameTokenType),
            ("audience", Audiences.Api));
        status.ShouldBe(HttpStatusCode.BadRequest);

        (status, _) = await _identity.PostAsync(
            "connect/token",
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("client_id", LocalClient.Id),
            ("client_secret", LocalClient.ReadSecret(_identity.Options.DataFolder)),
            ("subject_token", "demo"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", Audiences.Api));
        status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Removed_users_get_no_token_and_new_tenants_count_at_once()
    {
        // As the command line does: another process on the same files.
        var users = new UserStore(_identity.Options.DataFolder);
        await users.SetTenantsAsync("demo", ["a", "b"]);
        var (_, body) = await _identity.ExchangeAsync("demo", Audiences.Apps);
        (await _identity.ValidateAsync((string)body["access_token"]!, Audiences.Apps)).GetPayloadValue<string[]>("tenants").ShouldBe(["a", "b"]);

        await users.RemoveAsync("demo");
        (await _identity.ExchangeAsync("demo", Audiences.Apps)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }
}

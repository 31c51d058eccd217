using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.Identity.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Identity.Tests;

/// <summary>One issuer for the tests of a class, with a clock that tests move forward; every test has a user of its own.</summary>
public sealed class SignInFixture : IAsyncLifetime
{
    public const string Password = "correct horse";
    public const string ConsoleId = "aerogrid-console";
    public const string CliId = "aerogrid-cli";
    public const string CliRedirect = "http://127.0.0.1:53123/callback";
    private int _users;

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z"));

    public TestIdentity Identity { get; private set; } = null!;

    public string ConsoleRedirect => $"http://localhost:{Identity.Port}/auth/callback";

    public async ValueTask InitializeAsync() => Identity = await TestIdentity.StartAsync(Time);

    public ValueTask DisposeAsync() => Identity.DisposeAsync();

    public async Task<LocalUser> AddUserAsync() => await Identity.Users.AddAsync(
        new LocalUser { Name = $"user{Interlocked.Increment(ref _users)}", Tenants = ["demo"] }, Password);

    /// <summary>An authorization request and the verifier of its challenge.</summary>
    public (string Url, string Verifier) Request(string client, string redirect, string scope, params (string Name, string Value)[] more)
    {
        var verifier = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        var query = new Dictionary<string, string?>
        {
            ["client_id"] = client,
            ["redirect_uri"] = redirect,
            ["response_type"] = "code",
            ["scope"] = scope,
            ["state"] = "some-state",
            ["nonce"] = "some-nonce",
            ["code_challenge"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in more)
        {
            query[name] = value;
        }

        return ("/identity/connect/authorize" + QueryString.Create(query), verifier);
    }

    public Task<(System.Net.HttpStatusCode Status, JsonObject Body)> RedeemAsync(string client, string redirect, string code, string verifier) =>
        Identity.PostAsync(
            "connect/token",
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("redirect_uri", redirect),
            ("code", code),
            ("code_verifier", verifier));

    public Task<(System.Net.HttpStatusCode Status, JsonObject Body)> RefreshAsync(string client, string token, string? scope = null) =>
        Identity.PostAsync(
            "connect/token",
            [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token), .. scope is null ? [] : new[] { ("scope", scope) }]);

    /// <summary>Signs a user in at the console and returns the tokens.</summary>
    public async Task<JsonObject> SignInAsync(LocalUser user, string scope = "openid offline_access aerogrid-api aerogrid-apps")
    {
        using var browser = new Browser(Identity);
        var (url, verifier) = Request(ConsoleId, ConsoleRedirect, scope);
        var done = await browser.LogInAsync(await browser.GetAsync(url), user.Name, Password);
        var (status, body) = await RedeemAsync(ConsoleId, ConsoleRedirect, done.Parameter("code")!, verifier);
        status.ShouldBe(System.Net.HttpStatusCode.OK, body.ToString());
        return body;
    }
}

using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Hosting;
using AeroGrid.Identity.Users;
using AeroGrid.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Identity.Tests;

/// <summary>The issuer on a real listener with a data folder of its own; restarts keep both.</summary>
public sealed class TestIdentity : IAsyncDisposable
{
    private WebApplication? _app;

    private TestIdentity(TimeProvider time)
    {
        Port = RunningPlatform.FreePort();
        Options = new IdentityOptions
        {
            DataFolder = Directory.CreateTempSubdirectory("aerogrid-identity-").FullName,
            Issuer = new Uri($"http://localhost:{Port}/identity"),
            TimeProvider = time,
            PasswordIterations = 1000,
        };
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://localhost:{Port}") };
    }

    public IdentityOptions Options { get; }

    public int Port { get; }

    public string Issuer => Options.Issuer.OriginalString;

    public HttpClient Http { get; }

    public UserStore Users => _app!.Services.GetRequiredService<UserStore>();

    public IServiceProvider Services => _app!.Services;

    /// <summary>Password of the user demo.</summary>
    public string DemoPassword { get; private set; } = "";

    public string FileOf(string name) => Path.Combine(Options.DataFolder, "identity", name);

    public static async Task<TestIdentity> StartAsync(TimeProvider? time = null)
    {
        var identity = new TestIdentity(time ?? TimeProvider.System);
        await identity.UpAsync();
        identity.DemoPassword = (await identity.Users.CreateFirstUserAsync())!;
        return identity;
    }

    public async Task RestartAsync()
    {
        await _app!.DisposeAsync();
        await UpAsync();
    }

    public async Task<(HttpStatusCode Status, JsonObject Body)> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        using var response = await Http.PostAsync($"/identity/{path}", content);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length > 0 ? JsonNode.Parse(text)!.AsObject() : []);
    }

    /// <summary>A token by exchange, as <c>aerogrid token</c> gets it.</summary>
    public Task<(HttpStatusCode Status, JsonObject Body)> ExchangeAsync(string user, string audience, string? secret = null) => PostAsync(
        "connect/token",
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("client_id", LocalClient.Id),
        ("client_secret", secret ?? LocalClient.ReadSecret(Options.DataFolder)),
        ("subject_token", user),
        ("subject_token_type", LocalClient.UserNameTokenType),
        ("audience", audience));

    /// <summary>Checks a token as any resource server does: discovery, published keys, issuer, audience, lifetime.</summary>
    public async Task<JsonWebToken> ValidateAsync(string token, string audience)
    {
        var discovered = await OpenIdConnectConfigurationRetriever.GetAsync(
            $"{Issuer}/.well-known/openid-configuration", new HttpDocumentRetriever(Http) { RequireHttps = false }, default);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = audience,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            IssuerSigningKeys = discovered.SigningKeys,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (_, expires, _, _) => expires > Options.TimeProvider.GetUtcNow().UtcDateTime,
        });
        return result.IsValid ? (JsonWebToken)result.SecurityToken : throw result.Exception;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app!.DisposeAsync();
        Directory.Delete(Options.DataFolder, recursive: true);
    }

    private async Task UpAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(o => o.Listen(IPAddress.Loopback, Port));
        builder.Services.AddIdentity(Options);
        _app = builder.Build();
        _app.MapIdentity();
        await _app.StartAsync();
    }
}

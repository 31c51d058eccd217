using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.Tests.Authentication;

/// <summary>An OpenID Connect issuer over HTTP on loopback: discovery, keys, and tokens of any form.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private RSA _key = RSA.Create(2048);
    private int _keyNumber = 1;

    private TestIssuer(WebApplication app) => _app = app;

    public string Issuer => _app.Urls.Single() + "/identity";

    /// <summary>What discovery says; the issuer's own address unless a test lies.</summary>
    public string? ClaimedIssuer { get; set; }

    public int KeyReads { get; private set; }

    public string KeyId => $"key-{_keyNumber}";

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(o => o.Listen(IPAddress.Loopback, 0));
        var issuer = new TestIssuer(builder.Build());
        issuer._app.MapGet("/identity/.well-known/openid-configuration", (HttpContext context) => context.Response.WriteAsync(
            JsonSerializer.Serialize(new { issuer = issuer.ClaimedIssuer ?? issuer.Issuer, jwks_uri = issuer.Issuer + "/jwks" })));
        issuer._app.MapGet("/identity/jwks", issuer.WriteKeysAsync);
        await issuer._app.StartAsync();
        return issuer;
    }

    public void RotateKey()
    {
        _key.Dispose();
        _key = RSA.Create(2048);
        _keyNumber++;
    }

    /// <summary>A token for jane that is valid from now for five minutes; a test changes what it is about.</summary>
    public string Token(DateTimeOffset now, Action<SecurityTokenDescriptor>? change = null)
    {
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = "aerogrid-api",
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = now.AddMinutes(5).UtcDateTime,
            Claims = new Dictionary<string, object> { ["preferred_username"] = "jane", ["groups"] = new[] { "developers", "system:masters" } },
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(_key) { KeyId = KeyId }, SecurityAlgorithms.RsaSha256),
        };
        change?.Invoke(descriptor);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    /// <summary>A token that is signed by HMAC with the public key, the classic confusion of algorithms.</summary>
    public string TokenSignedWithPublicKey(DateTimeOffset now) => Token(now, d => d.SigningCredentials = new SigningCredentials(
        new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem())) { KeyId = KeyId }, SecurityAlgorithms.HmacSha256));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private Task WriteKeysAsync(HttpContext context)
    {
        KeyReads++;
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_key.ExportParameters(false)) { KeyId = KeyId });
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { keys = new[] { new { kty = key.Kty, n = key.N, e = key.E, kid = key.KeyId, use = "sig" } } }));
    }
}

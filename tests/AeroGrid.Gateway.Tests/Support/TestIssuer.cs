using System.Security.Cryptography;
using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Gateway.Tests.Support;

/// <summary>A real OIDC issuer as far as the gateway sees one: discovery document and keys over HTTP, keys that rotate, times it is away.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication app;
    private List<SecurityKey> published;

    private TestIssuer(WebApplication app, SecurityKey key)
    {
        (this.app, SigningKey) = (app, key);
        published = [key];
    }

    public static TestIssuer Create()
    {
        TestIssuer? issuer = null;
        var server = TestHost.Create(0, async context =>
        {
            if (issuer!.IsAway)
            {
                context.Abort();
                return;
            }

            switch (context.Request.Path.Value)
            {
                case "/.well-known/openid-configuration":
                    issuer.Discoveries++;
                    await context.Response.WriteAsJsonAsync(new { issuer = issuer.DiscoveredIssuer ?? issuer.Issuer, jwks_uri = $"{issuer.Issuer}/keys" });
                    break;
                case "/keys":
                    issuer.Fetches++;
                    await context.Response.WriteAsync(issuer.Jwks);
                    break;
                default:
                    context.Response.StatusCode = 404;
                    break;
            }
        });
        return issuer = new TestIssuer(server, Rsa("first"));
    }

    public string Issuer => app.Address();

    public string JwksUri => $"{Issuer}/keys";

    /// <summary>What the discovery document names instead of the issuer.</summary>
    public string? DiscoveredIssuer { get; set; }

    public bool IsAway { get; set; }

    public int Fetches { get; private set; }

    public int Discoveries { get; private set; }

    public SecurityKey SigningKey { get; private set; }

    public string Jwks => JsonSerializer.Serialize(new { keys = published.Select(Public).ToArray() });

    public Task StartAsync() => app.StartAsync();

    /// <summary>Signs with a new key from now on; the old one is published still or not.</summary>
    public void Rotate(SecurityKey key, bool keepOld = true)
    {
        published = keepOld ? [.. published, key] : [key];
        SigningKey = key;
    }

    public string Token(
        string subject = "alice",
        string[]? tenants = null,
        string? issuer = null,
        string? audience = Given.Audience,
        DateTimeOffset? now = null,
        TimeSpan? lifetime = null,
        string algorithm = SecurityAlgorithms.RsaSha256,
        SecurityKey? key = null,
        string? type = null,
        Dictionary<string, object>? claims = null)
    {
        var from = now ?? TimeProvider.System.GetUtcNow();
        var payload = new Dictionary<string, object>(claims ?? []) { ["sub"] = subject, ["tenants"] = tenants ?? ["demo"], ["preferred_username"] = subject };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Issuer,
            Audience = audience,
            Claims = payload,
            NotBefore = from.UtcDateTime,
            IssuedAt = from.UtcDateTime,
            Expires = lifetime == Timeout.InfiniteTimeSpan ? null : from.UtcDateTime + (lifetime ?? TimeSpan.FromMinutes(10)),
            SigningCredentials = new SigningCredentials(key ?? SigningKey, algorithm),
            TokenType = type,
        });
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    public static RsaSecurityKey Rsa(string id, int bits = 2048) => new(RSA.Create(bits)) { KeyId = id };

    public static ECDsaSecurityKey Ec(string id, ECCurve? curve = null) => new(ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256)) { KeyId = id };

    private static Dictionary<string, string> Public(SecurityKey key)
    {
        var web = key switch
        {
            RsaSecurityKey rsa => JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.Rsa.ExportParameters(false)) { KeyId = rsa.KeyId }),
            ECDsaSecurityKey ec => JsonWebKeyConverter.ConvertFromECDsaSecurityKey(ec),
            SymmetricSecurityKey symmetric => JsonWebKeyConverter.ConvertFromSymmetricSecurityKey(symmetric),
            _ => throw new ArgumentException($"{key.GetType()} is not published", nameof(key)),
        };
        var members = new Dictionary<string, string?>
        {
            ["kid"] = web.Kid, ["kty"] = web.Kty, ["use"] = "sig", ["n"] = web.N, ["e"] = web.E, ["crv"] = web.Crv, ["x"] = web.X, ["y"] = web.Y, ["k"] = web.K,
        };
        return members.Where(member => member.Value is not null).ToDictionary(member => member.Key, member => member.Value!);
    }
}

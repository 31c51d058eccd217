using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Oci.Tests.Support;

/// <summary>
/// A token service as Docker's registry wants it (Docker Registry v2 authentication, "JSON Web Token"): whoever has the password gets exactly the access that was
/// asked for.
/// </summary>
internal sealed class TokenService : IAsyncDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 certificate;
    private WebApplication app = null!;

    private TokenService()
    {
        var request = new CertificateRequest("CN=tokens", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    public const string Authorization = "Basic dXNlcjpzZWNyZXQ=";

    public string Address { get; private set; } = "";

    /// <summary>Scopes of the tokens that were given out.</summary>
    public List<string> Scopes { get; } = [];

    public string CertificatePem => certificate.ExportCertificatePem();

    public static async Task<TokenService> StartAsync()
    {
        var service = new TokenService();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        service.app = builder.Build();
        service.app.Run(service.AnswerAsync);
        await service.app.StartAsync();
        service.Address = service.app.Urls.Single() + "/token";
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
        key.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization != Authorization)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        var scopes = context.Request.Query["scope"].ToString();
        lock (Scopes)
            Scopes.Add(InOrder(scopes));
        var access = scopes.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Length == 0 ? [] : scopes.Split(' ').Select(ToAccess);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = "test",
            ["sub"] = "user",
            ["aud"] = context.Request.Query["service"].ToString(),
            ["exp"] = now + 300,
            ["nbf"] = now - 10,
            ["iat"] = now,
            ["jti"] = Guid.NewGuid().ToString(),
            ["access"] = new JsonArray([.. access]),
        };
        var header = new JsonObject { ["typ"] = "JWT", ["alg"] = "ES256", ["x5c"] = new JsonArray(Convert.ToBase64String(certificate.RawData)) };
        var content = $"{Encode(header.ToJsonString())}.{Encode(claims.ToJsonString())}";
        var signature = Encode(key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256));
        return context.Response.WriteAsJsonAsync(new JsonObject { ["token"] = $"{content}.{signature}", ["expires_in"] = 300 });
    }

    /// <summary>The registry asks for actions in an order that changes from one time to the next.</summary>
    private static string InOrder(string scopes) => string.Join(' ', scopes.Split(' ').Select(scope =>
    {
        var actions = scope.LastIndexOf(':') + 1;
        return scope[..actions] + string.Join(',', scope[actions..].Split(',').Order(StringComparer.Ordinal));
    }));

    private static JsonObject ToAccess(string scope)
    {
        var parts = scope.Split(':');
        return new JsonObject { ["type"] = parts[0], ["name"] = parts[1], ["actions"] = new JsonArray([.. parts[2].Split(',').Select(a => JsonValue.Create(a))]) };
    }

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

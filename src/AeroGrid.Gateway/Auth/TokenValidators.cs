using System.Net;

using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Auth;

/// <summary>
/// One validator for each distinct issuer, key source and set of audiences, however many RequestAuthentications name it: tenants share keys
/// and cached tokens. Thread-safe.
/// </summary>
internal sealed class TokenValidators : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, TokenValidator> validators = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Issuer, string? JwksUri), RemoteKeySource> sources = [];
    private readonly int cachedTokens;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        // An issuer's address is configuration; nothing may send this gateway elsewhere.
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
    });

    public TokenValidators(int cachedTokens, TimeProvider time, ILogger logger) =>
        (this.cachedTokens, this.time, this.logger) = (cachedTokens, time, logger);

    /// <summary>The validator of an issuer with published keys.</summary>
    public TokenValidator Remote(string issuer, Uri? jwksUri, IReadOnlyCollection<string> audiences)
    {
        lock (gate)
        {
            if (!sources.TryGetValue((issuer, jwksUri?.AbsoluteUri), out var source))
                sources[(issuer, jwksUri?.AbsoluteUri)] = source = new RemoteKeySource(issuer, jwksUri, http, time, logger);
            return GetOrAdd($"remote\n{issuer}\n{jwksUri}", issuer, audiences, source);
        }
    }

    /// <summary>The validator of an issuer with given keys.</summary>
    public TokenValidator Inline(string issuer, KeySet keys, IReadOnlyCollection<string> audiences)
    {
        lock (gate)
            return GetOrAdd($"inline\n{issuer}\n{keys.Text}", issuer, audiences, new InlineKeySource(keys));
    }

    public void Dispose() => http.Dispose();

    private TokenValidator GetOrAdd(string source, string issuer, IReadOnlyCollection<string> audiences, IKeySource keys)
    {
        var key = $"{source}\n{string.Join('\n', audiences.Order(StringComparer.Ordinal))}";
        if (!validators.TryGetValue(key, out var validator))
            validators[key] = validator = new TokenValidator(issuer, audiences, keys, cachedTokens, time);
        return validator;
    }
}

using AeroGrid.ApiServer.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>
/// The public keys of an issuer, from its discovery document (OpenID Connect Discovery 1.0). They are read when first needed, again when a
/// token names a key that is not among them (key rotation), and every hour (withdrawn keys). Tokens with invented key ids cannot make
/// this server flood the issuer: it is asked at most once in <see cref="MinimumInterval"/>. Thread-safe.
/// </summary>
internal sealed partial class OidcKeys(string issuer, HttpClient http, TimeProvider time, ILogger<OidcKeys> logger) : IDisposable
{
    /// <summary>Shortest time between two requests to the issuer.</summary>
    public static readonly TimeSpan MinimumInterval = TimeSpan.FromSeconds(10);

    /// <summary>Shortest time between two requests while no keys are known yet: the issuer may be starting.</summary>
    public static readonly TimeSpan MinimumIntervalAtStart = TimeSpan.FromSeconds(1);

    /// <summary>After this time keys are read again.</summary>
    public static readonly TimeSpan MaximumAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly HttpDocumentRetriever _documents = new(http) { RequireHttps = issuer.StartsWith("https:", StringComparison.OrdinalIgnoreCase) };
    private volatile Known? _known;
    private DateTimeOffset? _asked;

    /// <summary>The keys, which have one of this id if the issuer does.</summary>
    /// <exception cref="ApiException">503: the issuer was never reached.</exception>
    public async ValueTask<IReadOnlyCollection<SecurityKey>> GetAsync(string keyId, CancellationToken cancellationToken)
    {
        if (_known is { } known && known.Has(keyId) && time.GetUtcNow() - known.Read < MaximumAge)
        {
            return known.Keys;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_known is not { } current || !current.Has(keyId) || time.GetUtcNow() - current.Read >= MaximumAge)
            {
                await ReadAsync(cancellationToken);
            }
        }
        finally
        {
            _reading.Release();
        }

        return _known?.Keys ?? throw new ApiException(
            503, "ServiceUnavailable", $"the issuer {issuer} does not answer, so its tokens cannot be checked; try again in a moment") { RetryAfterSeconds = 1 };
    }

    public void Dispose() => _reading.Dispose();

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_asked is { } asked && now - asked < (_known is null ? MinimumIntervalAtStart : MinimumInterval))
        {
            return;
        }

        _asked = now;
        try
        {
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(
                $"{issuer.TrimEnd('/')}/.well-known/openid-configuration", _documents, cancellationToken);
            if (found.Issuer != issuer)
            {
                // OpenID Connect Discovery 1.0 section 4.3: otherwise one issuer could speak for another.
                Log.WrongIssuer(logger, issuer, found.Issuer);
                return;
            }

            _known = new Known([.. found.SigningKeys], now);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or HttpRequestException or ArgumentException or System.Text.Json.JsonException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Log.NotRead(logger, e, issuer);
        }
    }

    private sealed record Known(IReadOnlyCollection<SecurityKey> Keys, DateTimeOffset Read)
    {
        public bool Has(string keyId) => Keys.Any(k => k.KeyId == keyId);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The keys of the issuer {Issuer} could not be read; those known stay in use")]
        public static partial void NotRead(ILogger logger, Exception exception, string issuer);

        [LoggerMessage(2, LogLevel.Error, "The discovery document of {Issuer} is of another issuer, {Found}; its keys are not used")]
        public static partial void WrongIssuer(ILogger logger, string issuer, string found);
    }
}

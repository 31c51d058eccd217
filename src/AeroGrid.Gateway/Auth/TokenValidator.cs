using System.Text.Json;

using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Gateway.Auth;

/// <summary>
/// Checks tokens of one issuer as RFC 8725 (JWT best current practices) says, and remembers good ones until they expire or the issuer's keys
/// change. What costs nothing is checked before the signature. Thread-safe.
/// </summary>
internal sealed class TokenValidator
{
    /// <summary>How far clocks may differ (RFC 7519 section 4.1.4: "no more than a few minutes").</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    private const int MaximumTokenLength = 16 * 1024;

    // MapInboundClaims is about ClaimsPrincipal, which is never made here.
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = MaximumTokenLength };

    private readonly string issuer;
    private readonly string[] audiences;
    private readonly IKeySource keys;
    private readonly TimeProvider time;
    private readonly TokenCache cache;

    public TokenValidator(string issuer, IReadOnlyCollection<string> audiences, IKeySource keys, int cachedTokens, TimeProvider time)
    {
        (this.issuer, this.audiences, this.keys, this.time) = (issuer, [.. audiences], keys, time);
        cache = new TokenCache(cachedTokens);
        keys.OnRotation(cache.Clear);
    }

    /// <summary>Whether the token was found good before and still is. Never does any input or output.</summary>
    public bool TryGetCached(in TokenCache.Digest digest, out TokenIdentity? identity)
    {
        identity = cache.Find(digest);
        if (identity is null)
            return false;
        if (time.GetUtcNow() < identity.Expires + Leeway)
            return true;
        cache.Remove(digest);
        identity = null;
        return false;
    }

    /// <summary>Starts fetching the issuer's keys, so that the first request does not wait for them.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken) => await keys.GetAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Checks a token that is not in the cache.</summary>
    public async ValueTask<TokenResult> ValidateAsync(string token, TokenCache.Digest digest, CancellationToken cancellationToken)
    {
        if (Read(token) is not { } jwt)
            return TokenFailure.Malformed;
        if (Inspect(jwt) is var failure and not TokenFailure.None)
            return failure;

        // Asked before the keys are, so that a token checked against keys that change meanwhile is not remembered for good.
        if (await keys.GetAsync(cancellationToken).ConfigureAwait(false) is not { } known)
            return TokenFailure.IssuerUnavailable;
        var candidates = known.Find(jwt.Kid, jwt.Alg);
        if (candidates.Count == 0)
        {
            known = await keys.RefreshAsync(known, cancellationToken).ConfigureAwait(false) ?? known;
            candidates = known.Find(jwt.Kid, jwt.Alg);
        }

        if (candidates.Count == 0)
            return TokenFailure.UnknownKey;
        if (!await HasValidSignatureAsync(jwt, candidates).ConfigureAwait(false))
            return TokenFailure.Signature;

        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(jwt.EncodedPayload));
        var identity = new TokenIdentity(
            jwt.Issuer, jwt.Subject, new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero), ClaimReader.Read(payload.RootElement));
        cache.Add(digest, identity);
        if (!ReferenceEquals(known, await keys.GetAsync(cancellationToken).ConfigureAwait(false)))
            cache.Remove(digest);
        return TokenResult.Valid(identity);
    }

    /// <summary>The issuer a token claims, unchecked; null when it is not a JWT.</summary>
    public static string? ClaimedIssuer(string token) => Read(token)?.Issuer;

    /// <summary>Whether this validator is for tokens of an issuer.</summary>
    public bool IsFor(string? claimedIssuer) => claimedIssuer == issuer;

    private static JsonWebToken? Read(string token)
    {
        // Three parts: signed. Five would be encrypted, which nobody here can read.
        if (token.Length > MaximumTokenLength || token.AsSpan().Count('.') != 2)
            return null;
        try
        {
            return Handler.ReadJsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            return null;
        }
    }

    private TokenFailure Inspect(JsonWebToken jwt)
    {
        if (!Algorithms.IsAccepted(jwt.Alg))
            return TokenFailure.Algorithm;

        // No extension is understood, and one that is marked critical must be (RFC 7515 section 4.1.11).
        if (jwt.TryGetHeaderValue<object>("crit", out _))
            return TokenFailure.Malformed;
        if (!IsAccessToken(jwt.Typ))
            return TokenFailure.Type;
        if (jwt.Issuer != issuer)
            return TokenFailure.Issuer;
        if (audiences.Length > 0 && !jwt.Audiences.Any(audience => Array.IndexOf(audiences, audience) >= 0))
            return TokenFailure.Audience;
        if (string.IsNullOrEmpty(jwt.Subject))
            return TokenFailure.Subject;

        var now = time.GetUtcNow().UtcDateTime;
        if (jwt.ValidTo == DateTime.MinValue || now >= jwt.ValidTo + Leeway)
            return TokenFailure.Expired;
        return jwt.ValidFrom != DateTime.MinValue && now < jwt.ValidFrom - Leeway ? TokenFailure.NotYetValid : TokenFailure.None;
    }

    /// <summary>RFC 9068 access tokens, and the untyped ones of issuers that came before it.</summary>
    private static bool IsAccessToken(string? type) =>
        string.IsNullOrEmpty(type)
        || type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
        || type.Equals("at+jwt", StringComparison.OrdinalIgnoreCase)
        || type.Equals("application/at+jwt", StringComparison.OrdinalIgnoreCase);

    private static async ValueTask<bool> HasValidSignatureAsync(JsonWebToken jwt, List<SecurityKey> candidates)
    {
        var result = await Handler.ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            ValidAlgorithms = Algorithms.Accepted,
            IssuerSigningKeys = candidates,
            TryAllIssuerSigningKeys = true,
            RequireSignedTokens = true,

            // Checked in Inspect, with this program's clock and reasons of their own.
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
        }).ConfigureAwait(false);
        return result.IsValid;
    }
}

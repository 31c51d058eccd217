using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>
/// Knows people by JSON Web Tokens of one OpenID Connect issuer, checked per RFC 8725: only asymmetric algorithms, signature, issuer, audience,
/// expiry. Names and groups that begin with <c>system:</c> belong to Kubernetes and never come from a token.
/// </summary>
internal sealed class OidcAuthenticator(OidcOptions options, OidcKeys keys, ApiAudiences own, TimeProvider time) : ITokenAuthenticator
{
    private const string ReservedPrefix = "system:";

    /// <summary>Clocks of issuer and this server may differ by this much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 32 * 1024 };

    public async ValueTask<AuthenticatedToken?> AuthenticateTokenAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        var matching = own.Matching(audiences);
        if (matching.Count == 0 || JsonWebTokens.TryRead(_handler, token) is not { } unverified || unverified.Issuer != options.Issuer)
        {
            return null;
        }

        if (!Algorithms.Contains(unverified.Alg))
        {
            throw Refused($"the signature algorithm \"{unverified.Alg}\" is not accepted");
        }

        var result = await _handler.ValidateTokenAsync(unverified, Parameters(await keys.GetAsync(unverified.Kid, cancellationToken)));
        return result.IsValid ? new AuthenticatedToken(ToUser((JsonWebToken)result.SecurityToken), matching) : throw Refused(Describe(result.Exception, unverified));
    }

    private TokenValidationParameters Parameters(IReadOnlyCollection<SecurityKey> signingKeys) => new()
    {
        ValidIssuer = options.Issuer,
        ValidAudience = options.Audience,
        ValidAlgorithms = Algorithms,
        IssuerSigningKeys = signingKeys,
        TryAllIssuerSigningKeys = false,
        RequireSignedTokens = true,
        LifetimeValidator = IsInLifetime,
    };

    private bool IsInLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && end + ClockSkew > now && (notBefore is not { } start || start - ClockSkew <= now);
    }

    private UserInfo ToUser(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue<string>(options.UsernameClaim, out var name) || string.IsNullOrWhiteSpace(name))
        {
            throw Refused($"it has no claim \"{options.UsernameClaim}\"");
        }

        if (name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
        {
            throw Refused($"user names that begin with \"{ReservedPrefix}\" are reserved");
        }

        var groups = token.Claims
            .Where(c => c.Type == options.GroupsClaim && c.Value.Length > 0 && !c.Value.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            .Select(c => c.Value);
        return new UserInfo(name, [.. groups, UserInfo.AuthenticatedGroup], CredentialId(token));
    }

    // As kube-apiserver notes it since 1.32, for audit logs and SelfSubjectReview.
    private static Dictionary<string, IReadOnlyList<string>>? CredentialId(JsonWebToken token) =>
        string.IsNullOrEmpty(token.Id) ? null : new() { ["authentication.kubernetes.io/credential-id"] = [$"JTI={token.Id}"] };

    private string Describe(Exception reason, JsonWebToken token) => reason switch
    {
        SecurityTokenInvalidLifetimeException when token.ValidTo == default => "it has no expiry (claim \"exp\")",
        SecurityTokenInvalidLifetimeException when token.ValidTo < time.GetUtcNow().UtcDateTime => $"it expired at {token.ValidTo:u}; log in again",
        SecurityTokenInvalidLifetimeException => $"it is not valid before {token.ValidFrom:u}",
        SecurityTokenInvalidAudienceException => $"its audience is not \"{options.Audience}\"; ask the issuer for a token for this API",
        SecurityTokenSignatureKeyNotFoundException => "it is signed with a key that the issuer does not publish",
        SecurityTokenInvalidSignatureException => "its signature is wrong",
        _ => "it is not valid",
    };

    private static ApiException Refused(string why) => ApiException.Unauthorized($"Unauthorized: the token is refused: {why}");
}

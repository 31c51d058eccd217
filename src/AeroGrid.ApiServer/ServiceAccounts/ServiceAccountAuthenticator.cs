using System.Text.Json;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>
/// Knows service accounts by the tokens of <see cref="ServiceAccountTokens"/>. A token ends with its account, with what it is bound to, and at its
/// expiry: all are looked at with every request. Thread-safe.
/// </summary>
internal sealed class ServiceAccountAuthenticator(ServiceAccountKey key, IObjectReader reader, ApiAudiences own, TimeProvider time) : ITokenAuthenticator
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 32 * 1024 };

    /// <inheritdoc/>
    public async ValueTask<AuthenticatedToken?> AuthenticateTokenAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        if (JsonWebTokens.TryRead(_handler, token) is not { Issuer: ServiceAccountTokens.Issuer } unverified)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(unverified, new TokenValidationParameters
        {
            ValidIssuer = ServiceAccountTokens.Issuer,
            ValidAlgorithms = [ServiceAccountKey.Algorithm],
            IssuerSigningKey = key.Key,
            RequireSignedTokens = true,
            LifetimeValidator = IsInLifetime,

            // Below: for TokenReview it is the asker who names them.
            ValidateAudience = false,
        });
        if (!result.IsValid)
        {
            throw Refused(Describe(result.Exception, unverified));
        }

        var valid = (JsonWebToken)result.SecurityToken;
        var wanted = audiences.Count > 0 ? audiences : own.All;
        var matching = valid.Audiences.Where(wanted.Contains).ToList();
        return matching.Count > 0
            ? new AuthenticatedToken(ToUser(valid), matching)
            : throw Refused($"its audiences are {string.Join(", ", valid.Audiences)}; ask for a token for {string.Join(" or ", wanted)}");
    }

    private bool IsInLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        // The clock that wrote these times is the one that is read here: there is no skew to allow for, but a second is not over before it ends.
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && end > now && (notBefore is not { } start || start <= now);
    }

    private UserInfo ToUser(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue<JsonElement>(ServiceAccountTokens.BindingClaim, out var claim))
        {
            throw Refused($"it has no claim \"{ServiceAccountTokens.BindingClaim}\"");
        }

        var bound = JsonSerializer.SerializeToNode(claim);
        var account = new ServiceAccountName(bound.TextAt("namespace") ?? "", bound.TextAt("serviceaccount", "name") ?? "");
        var uid = bound.TextAt("serviceaccount", "uid") ?? "";
        if (token.Subject != account.User || reader.Get(ServiceAccountName.StorageKey, account.Namespace, account.Name).TextAt("metadata", "uid") != uid)
        {
            throw Refused($"the service account {account.Namespace}/{account.Name} that it was made for is gone");
        }

        var extra = new Dictionary<string, IReadOnlyList<string>> { ["authentication.kubernetes.io/credential-id"] = [$"JTI={token.Id}"] };
        foreach (var kind in TokenBinding.Kinds)
        {
            var binding = new TokenBinding(kind, bound.TextAt(kind.ToLowerInvariant(), "name") ?? "", bound.TextAt(kind.ToLowerInvariant(), "uid") ?? "");
            if (binding.Name.Length == 0)
            {
                continue;
            }

            if (!binding.Holds(reader, account.Namespace))
            {
                throw Refused($"the {binding.Claim} {binding.Name} that it is bound to is gone");
            }

            if (kind != "Secret")
            {
                extra[$"authentication.kubernetes.io/{binding.Claim}-name"] = [binding.Name];
                extra[$"authentication.kubernetes.io/{binding.Claim}-uid"] = [binding.Uid];
            }
        }

        return account.ToUser(uid, extra);
    }

    private string Describe(Exception reason, JsonWebToken token) => reason switch
    {
        SecurityTokenInvalidLifetimeException when token.ValidTo <= time.GetUtcNow().UtcDateTime => $"it expired at {token.ValidTo:u}",
        SecurityTokenInvalidLifetimeException => $"it is not valid before {token.ValidFrom:u}",
        SecurityTokenInvalidAlgorithmException => $"the signature algorithm \"{token.Alg}\" is not accepted",
        _ => "its signature is wrong",
    };

    private static ApiException Refused(string why) => ApiException.Unauthorized($"Unauthorized: the token is refused: {why}");
}

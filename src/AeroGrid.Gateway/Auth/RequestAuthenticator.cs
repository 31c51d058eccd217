using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Auth;

/// <summary>
/// All the jwtRules that hold for a workload, as one: a token in any of their places must be good for the rule of its issuer. A request
/// without a token is not refused here; that is for the authorization policies to decide (Istio, RequestAuthentication). Thread-safe.
/// </summary>
internal sealed class RequestAuthenticator(IReadOnlyList<JwtRule> rules)
{
    public static readonly RequestAuthenticator None = new([]);

    private readonly TokenLocation[] locations = [.. rules.SelectMany(rule => rule.Locations).Distinct()];

    /// <summary>Whether there is any rule: without one a token would be of no use.</summary>
    public bool HasRules => rules.Count > 0;

    /// <summary>Looks for a token and checks it. A result without identity and failure means that there is none.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="memory">What is remembered of the client's connection; null for nothing.</param>
    /// <param name="cancellationToken">Ends the wait for the issuer's keys.</param>
    public ValueTask<Authentication> AuthenticateAsync(IHeaderDictionary headers, TokenMemory? memory, CancellationToken cancellationToken)
    {
        string? header = null;
        TokenLocation? place = null;
        foreach (var location in locations)
        {
            var values = headers[location.Header];
            if (values.Count == 0)
                continue;
            foreach (var value in values)
            {
                if (value is null || !value.StartsWith(location.Prefix, StringComparison.OrdinalIgnoreCase))
                    continue;
                if (header is not null)
                    return new(new Authentication(TokenFailure.Ambiguous, location.Header));
                (header, place) = (value, location);
            }
        }

        if (header is null)
            return new(default(Authentication));
        var token = header.AsSpan(place!.Prefix.Length).Trim();
        var digest = memory?.DigestOf(header, token) ?? TokenCache.Digest.Of(token);
        foreach (var rule in rules)
        {
            if (rule.Validator.TryGetCached(digest, out var identity) && rule.Locations.Contains(place))
                return new(new Authentication(TokenResult.Valid(identity!), Consumed(rule, place)));
        }

        return ValidateAsync(token.ToString(), digest, place, cancellationToken);
    }

    private async ValueTask<Authentication> ValidateAsync(
        string token, TokenCache.Digest digest, TokenLocation place, CancellationToken cancellationToken)
    {
        if (TokenValidator.ClaimedIssuer(token) is not { } issuer)
            return new(TokenFailure.Malformed, place.Header);

        // Rules of one issuer with different audiences may stand side by side; the first that accepts wins.
        var failure = TokenFailure.Issuer;
        foreach (var rule in rules)
        {
            if (!rule.Validator.IsFor(issuer) || !rule.Locations.Contains(place))
                continue;
            var result = await rule.Validator.ValidateAsync(token, digest, cancellationToken).ConfigureAwait(false);
            if (result.Identity is not null)
                return new(result, Consumed(rule, place));
            failure = result.Failure;
        }

        return new(failure, place.Header);
    }

    private static string? Consumed(JwtRule rule, TokenLocation place) => rule.ForwardToken ? null : place.Header;
}

/// <summary>Outcome of a request's authentication.</summary>
/// <param name="Token">The check of the token; default when there is none.</param>
/// <param name="ConsumedHeader">A header that must not reach the app.</param>
internal readonly record struct Authentication(TokenResult Token, string? ConsumedHeader)
{
    public TokenIdentity? Identity => Token.Identity;

    public TokenFailure Failure => Token.Failure;
}

namespace AeroGrid.Client.Tokens;

/// <summary>
/// Where tokens come from. A client asks before every request and every connection, so a provider keeps what it has until it expires.
/// Implementations are thread-safe.
/// </summary>
public interface ITokenProvider
{
    /// <summary>A token for an audience.</summary>
    /// <exception cref="Errors.SignInException">There is none to be had.</exception>
    ValueTask<AccessToken> GetTokenAsync(TokenRequest request, CancellationToken cancellationToken = default);
}

/// <summary>What a token is asked for.</summary>
/// <param name="Audience">Whom it is for: one of <see cref="TokenAudiences"/>.</param>
/// <param name="Rejected">A token that was refused just now (HTTP 401): the provider must not return it again if it can get another.</param>
public sealed record TokenRequest(string Audience, string? Rejected = null);

/// <summary>A bearer token (RFC 6750).</summary>
/// <param name="Value">The token.</param>
/// <param name="ExpiresAt">When it ends; null when that is not known.</param>
public sealed record AccessToken(string Value, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Does not show the token: it would end in logs.</summary>
    public override string ToString() => ExpiresAt is { } end ? $"token until {end:u}" : "token";
}

/// <summary>Audiences of tokens. No token has both: apps are other people's code, and what an app sees must not open the API.</summary>
public static class TokenAudiences
{
    /// <summary>The platform's API.</summary>
    public const string Api = "aerogrid-api";

    /// <summary>Apps and their grids.</summary>
    public const string Apps = "aerogrid-apps";
}

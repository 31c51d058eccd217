namespace AeroGrid.ApiServer.Authentication;

/// <summary>Finds out whose bearer token something is; used for requests and for TokenReview. Thread-safe.</summary>
internal interface ITokenAuthenticator
{
    /// <summary>The user, or null when the token is not of this authenticator's kind, or not for these audiences.</summary>
    /// <param name="token">The token.</param>
    /// <param name="audiences">For whom it must be, one of them; empty for this API server.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <exception cref="Errors.ApiException">401: of this kind, but not valid; the message says why.</exception>
    ValueTask<AuthenticatedToken?> AuthenticateTokenAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken);
}

/// <summary>A token that somebody knows.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="Audiences">Those of the audiences asked for that it is for.</param>
internal sealed record AuthenticatedToken(UserInfo User, IReadOnlyList<string> Audiences);

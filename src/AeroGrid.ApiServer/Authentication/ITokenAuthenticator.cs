namespace AeroGrid.ApiServer.Authentication;

/// <summary>Finds out whose bearer token something is; used for requests and for TokenReview. Thread-safe.</summary>
internal interface ITokenAuthenticator
{
    /// <summary>The user, or null when the token is not of this authenticator's kind.</summary>
    /// <exception cref="Errors.ApiException">401: of this kind, but not valid; the message says why.</exception>
    ValueTask<UserInfo?> AuthenticateTokenAsync(string token, CancellationToken cancellationToken);
}

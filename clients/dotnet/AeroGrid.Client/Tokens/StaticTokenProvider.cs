namespace AeroGrid.Client.Tokens;

/// <summary>Tokens that somebody else got. They are used until they are refused. Immutable.</summary>
/// <param name="apps">For apps and their grids, as <c>aerogrid token</c> prints it; null when no app is called.</param>
/// <param name="api">For the platform's API, as <c>aerogrid token --for api</c> prints it; null when the API is not called.</param>
public sealed class StaticTokenProvider(string? apps = null, string? api = null) : ITokenProvider
{
    /// <inheritdoc/>
    public ValueTask<AccessToken> GetTokenAsync(TokenRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var token = request.Audience == TokenAudiences.Apps ? apps : api;
        return token is null
            ? throw new Errors.SignInException($"no token for {request.Audience} was given; `aerogrid token --for {(request.Audience == TokenAudiences.Apps ? "apps" : "api")}` prints one")
            : ValueTask.FromResult(new AccessToken(token));
    }
}

using AeroGrid.ApiServer.Errors;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>The authenticator of requests: bearer token, then impersonation. A request without a credential is not its business.</summary>
/// <param name="authenticators">Asked in order; the first that knows the token wins.</param>
/// <param name="impersonation">Acts on <c>Impersonate-*</c> headers.</param>
internal sealed class RequestAuthenticator(IReadOnlyList<ITokenAuthenticator> authenticators, Impersonation impersonation) : IAuthenticator
{
    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken) =>
        BearerToken.Read(context.Request) is { } token
            ? impersonation.Apply((await AuthenticateTokenAsync(token, [], cancellationToken)).User, context.Request.Headers)
            : null;

    /// <summary>The user of a token for one of these audiences; none for this API server.</summary>
    /// <exception cref="ApiException">401: nobody knows it, or it is not valid.</exception>
    public async ValueTask<AuthenticatedToken> AuthenticateTokenAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        foreach (var authenticator in authenticators)
        {
            if (await authenticator.AuthenticateTokenAsync(token, audiences, cancellationToken) is { } known)
            {
                return known;
            }
        }

        throw ApiException.Unauthorized();
    }
}

using AeroGrid.ApiServer.Errors;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>The <c>Authorization: Bearer</c> header (RFC 6750 section 2.1).</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>The token, or null when there is no such header.</summary>
    /// <exception cref="ApiException">401: another scheme, or several headers.</exception>
    public static string? Read(HttpRequest request)
    {
        var headers = request.Headers.Authorization;
        if (headers.Count == 0)
        {
            return null;
        }

        var header = headers.Count == 1 ? headers[0] : null;
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.Unauthorized("Unauthorized: send one header `Authorization: Bearer <token>`");
        }

        var token = header[Scheme.Length..].Trim();
        return token.Length > 0 ? token : throw ApiException.Unauthorized("Unauthorized: the bearer token is empty");
    }
}

namespace AeroGrid.Client.Tokens;

/// <summary>How a person is signed in.</summary>
public record SignInOptions
{
    /// <summary>The OpenID Connect issuer, for example <c>http://localhost:8000/identity</c>.</summary>
    public required Uri Issuer { get; init; }

    /// <summary>The client that the issuer knows this program as; a public one, without a secret.</summary>
    public string ClientId { get; init; } = "aerogrid-cli";

    /// <summary>
    /// The scopes to ask for. <c>offline_access</c> gives a refresh token, without which the person signs in again for every token; the
    /// audiences' names give tokens for them.
    /// </summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["openid", "offline_access", TokenAudiences.Api, TokenAudiences.Apps];

    /// <summary>Keeps the sign-in beyond the process; null keeps it in memory.</summary>
    public ITokenCache? Cache { get; init; }

    /// <summary>Sends the requests; null for a handler of its own. It is not disposed.</summary>
    public HttpMessageHandler? HttpHandler { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

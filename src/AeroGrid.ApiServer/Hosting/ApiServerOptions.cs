namespace AeroGrid.ApiServer.Hosting;

/// <summary>Settings of the API server. Immutable.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Folder of the database; created (mode 0700) when it does not exist. One process at a time may use it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Bearer tokens that are known from the start, for example those of the kubeconfig and of the platform's own components.</summary>
    public IReadOnlyList<StaticToken> Tokens { get; init; } = [];

    /// <summary>The issuer whose ID and access tokens are accepted; null when people cannot come with tokens of an issuer.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>Bearer token that the API server shows to kubelets when it asks them for logs; null sends none.</summary>
    public string? KubeletToken { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>When false, callers without a credential act as a member of <c>system:masters</c>: for benchmarks, never for a platform.</summary>
    public bool RequireAuthentication { get; init; } = true;
}

/// <summary>One bearer token (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file).</summary>
/// <param name="Token">The secret.</param>
/// <param name="User">User name.</param>
/// <param name="Groups">Groups.</param>
public sealed record StaticToken(string Token, string User, IReadOnlyList<string> Groups);

/// <summary>How tokens of an OpenID Connect issuer become users (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens).</summary>
/// <param name="Issuer">The issuer's URL, exactly as in the claim <c>iss</c>; discovery is read from it when the first token arrives.</param>
/// <param name="Audience">Required value of <c>aud</c>.</param>
/// <param name="UsernameClaim">Claim of the user name.</param>
/// <param name="GroupsClaim">Claim of the groups.</param>
public sealed record OidcOptions(string Issuer, string Audience, string UsernameClaim = "preferred_username", string GroupsClaim = "groups");

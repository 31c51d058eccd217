using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Json.Nodes;
using AeroGrid.Identity.Grants;
using AeroGrid.Identity.Users;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AeroGrid.Identity.Tokens;

/// <summary>What tokens say about users.</summary>
internal static class Principals
{
    /// <summary>Tenants of the user; apps and the gateway decide by it.</summary>
    public const string TenantsClaim = "tenants";

    /// <summary>Groups of the user, for RBAC.</summary>
    public const string GroupsClaim = "groups";

    // Only in codes and refresh tokens, which nobody but the issuer reads.
    private const string GrantClaim = "aerogrid_grant";
    private const string GenerationClaim = "aerogrid_generation";

    /// <summary>The content of a code: which grant it is for. Everything about the user is looked up when it is used.</summary>
    public static ClaimsPrincipal ForCode(Grant grant, TimeSpan lifetime)
    {
        var identity = NewIdentity(grant.Subject);
        AddGrant(identity, grant);
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(grant.Scopes);
        principal.SetAuthorizationCodeLifetime(lifetime);
        return principal;
    }

    /// <summary>The content of an access token, and where the scopes ask for them of an ID and a refresh token.</summary>
    /// <param name="user">The user as stored now.</param>
    /// <param name="scopes">Granted scopes.</param>
    /// <param name="audience">One of <see cref="Audiences"/>.</param>
    /// <param name="options">Lifetimes.</param>
    /// <param name="grant">For refreshing; null where that is not possible.</param>
    public static ClaimsPrincipal ForTokens(
        LocalUser user, IEnumerable<string> scopes, string audience, IdentityOptions options, Grant? grant)
    {
        var identity = NewIdentity(user.Subject);
        identity.SetClaim(Claims.PreferredUsername, user.Name);
        identity.SetClaim(Claims.Name, user.DisplayName);
        if (user.Email is not null)
        {
            identity.SetClaim(Claims.Email, user.Email);
        }

        identity.AddClaim(ToArray(GroupsClaim, user.Groups));
        identity.AddClaim(ToArray(TenantsClaim, user.Tenants));
        identity.SetDestinations(_ => [Destinations.AccessToken, Destinations.IdentityToken]);
        if (grant is not null)
        {
            AddGrant(identity, grant);
        }

        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes.ToImmutableArray());
        principal.SetResources(audience);
        principal.SetAccessTokenLifetime(audience == Audiences.Apps ? options.AppsTokenLifetime : options.ApiTokenLifetime);
        principal.SetRefreshTokenLifetime(options.RefreshTokenLifetime);
        return principal;
    }

    /// <summary>Somebody of a name; used where the token is the name itself.</summary>
    public static ClaimsPrincipal ForSubject(string subject, string tokenType, string clientId)
    {
        var principal = new ClaimsPrincipal(NewIdentity(subject));
        principal.SetTokenType(tokenType);
        principal.SetPresenters(clientId);
        return principal;
    }

    /// <summary>The grant of a code or refresh token.</summary>
    public static (string Id, int Generation)? GrantOf(ClaimsPrincipal? principal) =>
        principal?.GetClaim(GrantClaim) is { } id && int.TryParse(principal.GetClaim(GenerationClaim), out var generation) ? (id, generation) : null;

    private static void AddGrant(ClaimsIdentity identity, Grant grant)
    {
        identity.SetClaim(GrantClaim, grant.Id);
        identity.SetClaim(GenerationClaim, $"{grant.Generation}");
    }

    private static ClaimsIdentity NewIdentity(string subject)
    {
        var identity = new ClaimsIdentity("aerogrid", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, subject);
        return identity;
    }

    // An array also when there is one: readers need not tell texts from lists.
    private static Claim ToArray(string type, IEnumerable<string> values) =>
        new(type, new JsonArray([.. values.Select(v => JsonValue.Create(v))]).ToJsonString(), JsonClaimValueTypes.JsonArray);
}

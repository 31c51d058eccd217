using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AeroGrid.Identity.Tokens;

/// <summary>Scopes and the audiences they stand for.</summary>
internal static class AudienceScopes
{
    /// <summary>Every scope that clients may ask for.</summary>
    public static readonly string[] All = [Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.OfflineAccess, Audiences.Api, Audiences.Apps];

    /// <summary>
    /// The one audience of a token: that whose scope is asked for in this request, else what was granted, else the API. A grant may cover
    /// both; then the API comes first, and a refresh with <c>scope=aerogrid-apps</c> gives a token for apps.
    /// </summary>
    /// <returns>Null when this request asks for both, or for one that was not granted.</returns>
    public static string? Choose(IReadOnlyCollection<string> granted, IReadOnlyCollection<string> requested)
    {
        var (api, apps) = (requested.Contains(Audiences.Api), requested.Contains(Audiences.Apps));
        if (api && apps)
        {
            return null;
        }

        if (api || apps)
        {
            var one = api ? Audiences.Api : Audiences.Apps;
            return granted.Contains(one) || (api && !granted.Contains(Audiences.Apps)) ? one : null;
        }

        return granted.Contains(Audiences.Apps) && !granted.Contains(Audiences.Api) ? Audiences.Apps : Audiences.Api;
    }
}

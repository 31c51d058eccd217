using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AeroGrid.Identity.Pages;

/// <summary>Where the login page leads to: only ever to the pages that sent people there.</summary>
internal sealed class ReturnUrl(ClientRegistry clients)
{
    /// <summary>Path and query of the login page that comes back here.</summary>
    public static string ToLogin(HttpContext context, string path, QueryString query) =>
        $"{context.Request.PathBase}/{Paths.Login}{QueryString.Create("return", $"{context.Request.PathBase}/{path}{query}")}";

    /// <summary>Whether a URL may be returned to.</summary>
    public static bool IsAllowed(HttpContext context, string? url) =>
        url is not null
        && !url.Any(char.IsControl)
        && (url.StartsWith($"{context.Request.PathBase}/{Paths.Authorize}?", StringComparison.Ordinal)
            || url == $"{context.Request.PathBase}/{Paths.Device}"
            || url.StartsWith($"{context.Request.PathBase}/{Paths.Device}?", StringComparison.Ordinal));

    /// <summary>The origin to which an authorization request will send the person in the end; null when there is none that is registered.</summary>
    public string? RedirectOrigin(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal) is var mark and >= 0 ? QueryHelpers.ParseQuery(url[mark..]) : [];
        return RedirectOrigin(query.GetValueOrDefault(Parameters.ClientId), query.GetValueOrDefault(Parameters.RedirectUri));
    }

    /// <summary>The origin of a registered redirect URI.</summary>
    public string? RedirectOrigin(string? clientId, string? redirectUri) =>
        clients.Find(clientId) is { } client && clients.MayRedirect(client, redirectUri)
            ? new Uri(redirectUri!).GetLeftPart(UriPartial.Authority)
            : null;
}

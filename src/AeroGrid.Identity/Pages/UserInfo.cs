using System.Text.Json.Nodes;
using AeroGrid.Identity.Tokens;
using AeroGrid.Identity.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AeroGrid.Identity.Pages;

/// <summary>
/// The userinfo endpoint (OpenID Connect Core section 5.3): who the user of an access token is now. Only for tokens of the API: an app that
/// was given its own token learns nothing here.
/// </summary>
internal sealed class UserInfo(UserStore users)
{
    public async Task ServeAsync(HttpContext context)
    {
        var result = await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        if (result.Principal is not { } token
            || !token.HasAudience(Audiences.Api)
            || users.FindBySubject(token.GetClaim(Claims.Subject) ?? "") is not { } stored)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = $"Bearer error=\"invalid_token\", error_description=\"A token of {Audiences.Api} is needed.\"";
            return;
        }

        var user = stored.User;
        var info = new JsonObject
        {
            [Claims.Subject] = user.Subject,
            [Claims.PreferredUsername] = user.Name,
            [Claims.Name] = user.DisplayName,
            [Principals.GroupsClaim] = new JsonArray([.. user.Groups.Select(g => JsonValue.Create(g))]),
            [Principals.TenantsClaim] = new JsonArray([.. user.Tenants.Select(t => JsonValue.Create(t))]),
        };
        if (user.Email is not null)
        {
            info[Claims.Email] = user.Email;
        }

        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(info.ToJsonString(), context.RequestAborted);
    }
}

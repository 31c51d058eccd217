using AeroGrid.Identity.Hosting;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;

namespace AeroGrid.Identity.Pages;

/// <summary>Signs the browser out after the person confirmed it (OpenID Connect RP-Initiated Logout 1.0 section 6).</summary>
internal sealed class EndSessionPage(Session session, FormGuard forms)
{
    public async Task ServeAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest()!;
        var signedIn = await session.GetAsync(context);
        if (signedIn is not null)
        {
            if (!HttpMethods.IsPost(context.Request.Method))
            {
                await AskAsync(context, request, signedIn);
                return;
            }

            if (await forms.ReadAsync(context) is null)
            {
                await FormGuard.RefuseAsync(context);
                return;
            }

            await Session.SignOutAsync(context);
        }

        if (string.IsNullOrEmpty(request.PostLogoutRedirectUri))
        {
            await Page.WriteAsync(context, 200, "Signed out", "<p>You can close this page.</p>");
            return;
        }

        await context.SignOutAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    private Task AskAsync(HttpContext context, OpenIddictRequest request, SignedIn signedIn) => Page.WriteAsync(
        context,
        200,
        "Sign out?",
        $"""
        <p>You are <strong>{Page.Text(signedIn.User.DisplayName)}</strong> ({Page.Text(signedIn.User.Name)}).</p>
        <form method="post" action="{Page.Text(context.Request.PathBase + "/" + Paths.EndSession)}">
        {forms.Field(context)}
        {string.Join('\n', request.GetParameters().Select(p => Page.Hidden(p.Key, (string?)p.Value)))}
        <button type="submit">Sign out</button>
        </form>
        """,
        request.PostLogoutRedirectUri is { Length: > 0 } back ? new Uri(back).GetLeftPart(UriPartial.Authority) : null);
}

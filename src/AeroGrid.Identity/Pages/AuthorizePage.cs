using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Grants;
using AeroGrid.Identity.Hosting;
using AeroGrid.Identity.Tokens;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AeroGrid.Identity.Pages;

/// <summary>
/// The authorization endpoint after OpenIddict has checked the request: asks who is there, asks whether a program of the machine may sign in,
/// and gives the code.
/// </summary>
internal sealed class AuthorizePage(
    ClientRegistry clients, GrantStore grants, Session session, FormGuard forms, ReturnUrl returns, IdentityOptions options)
{
    private const string DecisionField = "aerogrid_decision";

    public async Task ServeAsync(HttpContext context)
    {
        var request = context.GetOpenIddictServerRequest()!;
        var client = clients.Find(request.ClientId)!;
        var prompts = request.GetPromptValues();
        var decision = HttpMethods.IsPost(context.Request.Method) ? (string?)request[DecisionField] : null;
        var signedIn = await session.GetAsync(context);
        if (signedIn is null || (decision is null && (prompts.Contains(PromptValues.Login) || IsTooOld(signedIn, request))))
        {
            await (prompts.Contains(PromptValues.None)
                ? RefuseAsync(context, Errors.LoginRequired, "Nobody is signed in.")
                : SendToLoginAsync(context, request));
            return;
        }

        if (client.AsksFirst || prompts.Contains(PromptValues.Consent))
        {
            if (prompts.Contains(PromptValues.None))
            {
                await RefuseAsync(context, Errors.ConsentRequired, "The person has to confirm this sign-in.");
                return;
            }

            if (decision is null)
            {
                await AskAsync(context, request, client, signedIn);
                return;
            }

            if (await forms.ReadAsync(context) is null)
            {
                await FormGuard.RefuseAsync(context);
                return;
            }

            if (decision != "allow")
            {
                await RefuseAsync(context, Errors.AccessDenied, "The person did not allow this sign-in.");
                return;
            }
        }

        await Session.SignOutAsync(context);
        var grant = grants.BeginCode(signedIn.User.Subject, client.Id, request.GetScopes());
        await context.SignInAsync(
            OpenIddictServerAspNetCoreDefaults.AuthenticationScheme, Principals.ForCode(grant, GrantStore.CodeLifetime));
    }

    // OpenID Connect Core section 3.1.2.1.
    private bool IsTooOld(SignedIn signedIn, OpenIddictRequest request) =>
        request.MaxAge is { } seconds && options.TimeProvider.GetUtcNow() - signedIn.Since > TimeSpan.FromSeconds(seconds);

    // Without what asks for a login: this request comes back here afterwards.
    private static Task SendToLoginAsync(HttpContext context, OpenIddictRequest request)
    {
        var query = QueryString.Create(Fields(request).Where(f =>
            f.Key != Parameters.MaxAge && !(f.Key == Parameters.Prompt && f.Value != PromptValues.Consent)));
        context.Response.Redirect(ReturnUrl.ToLogin(context, Paths.Authorize, query));
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(HttpContext context, string error, string description) => context.ForbidAsync(
        OpenIddictServerAspNetCoreDefaults.AuthenticationScheme,
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }));

    private Task AskAsync(HttpContext context, OpenIddictRequest request, Client client, SignedIn signedIn) => Page.WriteAsync(
        context,
        200,
        $"Sign in to {client.DisplayName}?",
        $"""
        <p>You are <strong>{Page.Text(signedIn.User.DisplayName)}</strong> ({Page.Text(signedIn.User.Name)}).
        The program that listens at <strong>{Page.Text(new Uri(request.RedirectUri!).Authority)}</strong> will act for you.
        Allow this only if you have just started it yourself.</p>
        <form method="post" action="{Page.Text(context.Request.PathBase + "/" + Paths.Authorize)}">
        {forms.Field(context)}
        {string.Join('\n', Fields(request).Select(f => Page.Hidden(f.Key, f.Value)))}
        <button type="submit" name="{DecisionField}" value="allow">Allow</button>
        <button type="submit" name="{DecisionField}" value="deny" class="second">Do not allow</button>
        </form>
        """,
        returns.RedirectOrigin(request.ClientId, request.RedirectUri));

    private static IEnumerable<KeyValuePair<string, string?>> Fields(OpenIddictRequest request) =>
        request.GetParameters()
            .Where(p => p.Key != DecisionField && !p.Key.StartsWith("__", StringComparison.Ordinal))
            .Select(p => KeyValuePair.Create(p.Key, (string?)p.Value));
}

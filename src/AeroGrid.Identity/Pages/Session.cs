using System.Security.Claims;
using AeroGrid.Identity.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AeroGrid.Identity.Pages;

/// <summary>
/// Who has just typed a password at this browser: an encrypted cookie beneath the issuer's path that lives from the login page to the answer it
/// was typed for, and no longer. Browsers send cookies to every port of a host, and an app may listen on a port of its own: a cookie that
/// stayed would be a sign-in for whoever it is sent to. Void when the user is removed or has a new password.
/// </summary>
internal sealed class Session(UserStore users, IdentityOptions options)
{
    private const string Scheme = "session";

    public static void AddTo(IServiceCollection services, IdentityOptions options) =>
        services.AddAuthentication().AddCookie(Scheme, cookie =>
        {
            // Browsers share cookies between the ports of a host: two platforms must not share a session.
            cookie.Cookie.Name = $"aerogrid-session-{options.Issuer.Port}";
            cookie.Cookie.Path = options.Issuer.AbsolutePath;
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = options.SessionLifetime;
            cookie.SlidingExpiration = false;
            cookie.TimeProvider = options.TimeProvider;
        });

    /// <summary>The signed-in user and when the password was typed; null when nobody is signed in.</summary>
    public async Task<SignedIn?> GetAsync(HttpContext context)
    {
        var result = await context.AuthenticateAsync(Scheme);
        if (result.Principal?.FindFirst(Claims.Subject)?.Value is not { } subject
            || result.Properties?.IssuedUtc is not { } since
            || users.FindBySubject(subject) is not { } user
            || user.PasswordChanged > since.AddSeconds(1))
        {
            return null;
        }

        // Antiforgery tokens are bound to this user.
        context.User = result.Principal;
        return new SignedIn(user.User, since);
    }

    public Task SignInAsync(HttpContext context, LocalUser user)
    {
        var identity = new ClaimsIdentity([new Claim(Claims.Subject, user.Subject)], Scheme, Claims.Subject, Claims.Role);
        return context.SignInAsync(Scheme, new ClaimsPrincipal(identity), new AuthenticationProperties { IssuedUtc = options.TimeProvider.GetUtcNow() });
    }

    public static Task SignOutAsync(HttpContext context) => context.SignOutAsync(Scheme);
}

/// <summary>A signed-in user.</summary>
internal sealed record SignedIn(LocalUser User, DateTimeOffset Since);

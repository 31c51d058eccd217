using System.Globalization;
using AeroGrid.Identity.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Identity.Pages;

/// <summary>User name and password.</summary>
internal sealed partial class LoginPage(
    UserStore users, PasswordAttempts attempts, Session session, FormGuard forms, ReturnUrl returns, ILogger<LoginPage> logger)
{
    public Task ServeAsync(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method) ? PostAsync(context) : ShowAsync(context, 200, context.Request.Query["return"], "", null);

    private async Task PostAsync(HttpContext context)
    {
        if (await forms.ReadAsync(context) is not { } form)
        {
            await FormGuard.RefuseAsync(context);
            return;
        }

        var (name, back) = (form["username"].ToString().Trim(), form["return"].ToString());
        if (attempts.Begin(name) is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await ShowAsync(context, 429, back, name, $"Too many attempts. Wait {Math.Ceiling(wait.TotalSeconds):0} seconds and try again.");
            return;
        }

        if (await users.LogInAsync(name, form["password"].ToString(), context.RequestAborted) is not { } user)
        {
            Log.Failed(logger);
            await ShowAsync(context, 401, back, name, "User name or password is wrong.");
            return;
        }

        attempts.Succeeded(name);
        await session.SignInAsync(context, user.User);
        Log.LoggedIn(logger, user.User.Name);
        context.Response.Redirect(ReturnUrl.IsAllowed(context, back) ? back : $"{context.Request.PathBase}/{Hosting.Paths.Device}");
    }

    private Task ShowAsync(HttpContext context, int status, string? back, string name, string? message)
    {
        back = ReturnUrl.IsAllowed(context, back) ? back! : "";
        return Page.WriteAsync(
            context,
            status,
            "Sign in",
            $"""
            {Page.Alert(message)}
            <form method="post" action="{Page.Text(context.Request.PathBase + "/" + Hosting.Paths.Login)}">
            {forms.Field(context)}
            {Page.Hidden("return", back)}
            <label for="username">User name</label>
            <input id="username" name="username" value="{Page.Text(name)}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required{(name.Length == 0 ? " autofocus" : "")}>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required{(name.Length > 0 ? " autofocus" : "")}>
            <button type="submit">Sign in</button>
            </form>
            """,
            returns.RedirectOrigin(back));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{User} signed in")]
        public static partial void LoggedIn(ILogger logger, string user);

        // Without the name: people type passwords into the wrong field.
        [LoggerMessage(2, LogLevel.Warning, "A sign-in failed")]
        public static partial void Failed(ILogger logger);
    }
}

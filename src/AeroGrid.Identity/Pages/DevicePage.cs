using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Grants;
using AeroGrid.Identity.Hosting;
using AeroGrid.Identity.Users;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Identity.Pages;

/// <summary>Where a person types the code that a device shows, and allows or denies it (RFC 8628 section 3.3).</summary>
internal sealed class DevicePage(DeviceCodes devices, ClientRegistry clients, PasswordAttempts attempts, Session session, FormGuard forms)
{
    private const string CodeField = "user_code";

    public async Task ServeAsync(HttpContext context)
    {
        if (await session.GetAsync(context) is not { } signedIn)
        {
            context.Response.Redirect(ReturnUrl.ToLogin(context, Paths.Device, context.Request.QueryString));
            return;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await ShowAsync(context, signedIn, context.Request.Query[CodeField].ToString());
            return;
        }

        if (await forms.ReadAsync(context) is not { } form)
        {
            await FormGuard.RefuseAsync(context);
            return;
        }

        var (code, decision) = (form[CodeField].ToString(), form["decision"].ToString());
        if (decision is not ("allow" or "deny"))
        {
            await ShowAsync(context, signedIn, code);
            return;
        }

        var allowed = decision == "allow";
        await Session.SignOutAsync(context);
        await (devices.Find(code) is { } device && devices.Decide(device.UserCode, allowed ? signedIn.User.Subject : null)
            ? Page.WriteAsync(
                context,
                200,
                allowed ? "Done" : "Not allowed",
                allowed ? "<p>The device is signed in. You can close this page.</p>" : "<p>The device was not signed in. You can close this page.</p>")
            : AskForCodeAsync(context, 400, code, "This code is not valid any more; start again on the device."));
    }

    private Task ShowAsync(HttpContext context, SignedIn signedIn, string code)
    {
        if (code.Length == 0)
        {
            return AskForCodeAsync(context, 200, "", null);
        }

        // Guessing other people's codes is slowed down as guessing passwords is.
        var bucket = "device:" + signedIn.User.Subject;
        if (attempts.Begin(bucket) is { } wait)
        {
            return AskForCodeAsync(context, 429, code, $"Too many attempts. Wait {Math.Ceiling(wait.TotalSeconds):0} seconds and try again.");
        }

        if (devices.Find(code) is not { } device)
        {
            return AskForCodeAsync(context, 400, code, "There is no such code. Compare it with the one that the device shows.");
        }

        attempts.Succeeded(bucket);
        return Page.WriteAsync(
            context,
            200,
            "Sign in a device?",
            $"""
            <p>You are <strong>{Page.Text(signedIn.User.DisplayName)}</strong> ({Page.Text(signedIn.User.Name)}).
            <strong>{Page.Text(clients.Find(device.ClientId)?.DisplayName)}</strong> will act for you. Allow this only if it shows this code:</p>
            <p><code>{Page.Text(device.UserCode)}</code></p>
            <form method="post" action="{Page.Text(context.Request.PathBase + "/" + Paths.Device)}">
            {forms.Field(context)}
            {Page.Hidden(CodeField, device.UserCode)}
            <button type="submit" name="decision" value="allow">Allow</button>
            <button type="submit" name="decision" value="deny" class="second">Do not allow</button>
            </form>
            """);
    }

    private Task AskForCodeAsync(HttpContext context, int status, string code, string? message) => Page.WriteAsync(
        context,
        status,
        "Sign in a device",
        $"""
        {Page.Alert(message)}
        <form method="post" action="{Page.Text(context.Request.PathBase + "/" + Paths.Device)}">
        {forms.Field(context)}
        <label for="code">Code that the device shows</label>
        <input id="code" name="{CodeField}" value="{Page.Text(code)}" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" required autofocus>
        <button type="submit">Continue</button>
        </form>
        """);
}

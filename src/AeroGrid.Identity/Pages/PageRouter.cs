using AeroGrid.Identity.Hosting;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Identity.Pages;

/// <summary>What OpenIddict does not answer itself: the pages for people.</summary>
internal sealed class PageRouter(LoginPage login, AuthorizePage authorize, DevicePage device, EndSessionPage endSession, UserInfo userInfo)
{
    public Task ServeAsync(HttpContext context)
    {
        // OpenIddict leaves errors that cannot be sent to the client (an unknown client, a wrong redirect URI) to the page.
        if (context.GetOpenIddictServerResponse() is { Error: { Length: > 0 } error } response)
        {
            return Page.WriteErrorAsync(context, StatusCodes.Status400BadRequest, "This does not work", response.ErrorDescription ?? error);
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, POST";
            return Task.CompletedTask;
        }

        return context.Request.Path.Value?.TrimStart('/') switch
        {
            Paths.Login => login.ServeAsync(context),
            Paths.Authorize => authorize.ServeAsync(context),
            Paths.Device => device.ServeAsync(context),
            Paths.EndSession => endSession.ServeAsync(context),
            Paths.UserInfo => userInfo.ServeAsync(context),
            Paths.Style => Style.WriteAsync(context),
            _ => Page.WriteErrorAsync(context, StatusCodes.Status404NotFound, "Not found", "There is no such page."),
        };
    }
}

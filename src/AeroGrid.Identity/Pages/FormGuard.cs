using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.Identity.Pages;

/// <summary>
/// Forms are only accepted from this origin's own pages. Apps run on another port of the same host, which browsers regard as the same
/// <em>site</em>: SameSite cookies do not keep their pages away, and they can set cookies for this host. Therefore the Origin header must be the
/// issuer's besides the antiforgery token, which is bound to the signed-in user.
/// </summary>
internal sealed class FormGuard(IAntiforgery antiforgery, IdentityOptions options)
{
    private const long LargestForm = 16 * 1024;

    public static void AddTo(IServiceCollection services, IdentityOptions options) =>
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = $"aerogrid-forms-{options.Issuer.Port}";
            o.Cookie.Path = options.Issuer.AbsolutePath;
            o.Cookie.SameSite = SameSiteMode.Strict;
            o.Cookie.HttpOnly = true;
            o.SuppressXFrameOptionsHeader = true;
        });

    /// <summary>The hidden field of a form.</summary>
    public string Field(HttpContext context)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        return Page.Hidden(tokens.FormFieldName, tokens.RequestToken);
    }

    /// <summary>The posted fields; null when the post did not come from a page of this origin.</summary>
    public async Task<IFormCollection?> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.Origin != $"{request.Scheme}://{request.Host}"
            || (request.Host.Host != options.Issuer.Host && !System.Net.IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out _))
            || !request.HasFormContentType
            || request.ContentLength > LargestForm
            || !await antiforgery.IsRequestValidAsync(context))
        {
            return null;
        }

        return await request.ReadFormAsync(context.RequestAborted);
    }

    /// <summary>Tells that a form was not accepted.</summary>
    public static Task RefuseAsync(HttpContext context) =>
        Page.WriteErrorAsync(context, StatusCodes.Status400BadRequest, "Please try again", "This form was open for too long, or came from elsewhere.");
}

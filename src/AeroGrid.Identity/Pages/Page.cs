using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Identity.Pages;

/// <summary>
/// Writes HTML pages: no script at all, nothing from elsewhere, never in a frame, never cached. The content security policy allows what the
/// page needs and nothing more.
/// </summary>
internal static class Page
{
    /// <summary>Writes a page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="title">Heading, as plain text.</param>
    /// <param name="body">HTML; values in it went through <see cref="Text"/>.</param>
    /// <param name="redirectOrigin">
    /// Where sending a form of this page may lead in the end, besides this origin: browsers check <c>form-action</c> after redirects too.
    /// </param>
    public static Task WriteAsync(HttpContext context, int status, string title, string body, string? redirectOrigin = null)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'self'; form-action 'self'{(redirectOrigin is null ? "" : " " + redirectOrigin)}; "
            + "base-uri 'none'; frame-ancestors 'none'";
        response.Headers.XFrameOptions = "DENY";
        response.Headers.XContentTypeOptions = "nosniff";
        // Not "no-referrer": with it browsers hide the origin of form posts, which is checked.
        response.Headers["Referrer-Policy"] = "same-origin";
        return response.WriteAsync(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)} - AeroGrid</title>
            <link rel="stylesheet" href="{Text(context.Request.PathBase + "/" + Hosting.Paths.Style)}">
            </head>
            <body>
            <main>
            <h1>{Text(title)}</h1>
            {body}
            </main>
            </body>
            </html>

            """,
            Encoding.UTF8,
            context.RequestAborted);
    }

    /// <summary>Text for HTML content and quoted attributes.</summary>
    public static string Text(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    /// <summary>A hidden field.</summary>
    public static string Hidden(string name, string? value) => $"""<input type="hidden" name="{Text(name)}" value="{Text(value)}">""";

    /// <summary>A message that screen readers read at once; empty for no message.</summary>
    public static string Alert(string? message) => string.IsNullOrEmpty(message) ? "" : $"""<p role="alert" class="alert">{Text(message)}</p>""";

    /// <summary>A page that says what went wrong.</summary>
    public static Task WriteErrorAsync(HttpContext context, int status, string title, string message) =>
        WriteAsync(context, status, title, Alert(message));
}

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Identity.Pages;

/// <summary>The one style sheet: follows the system's colors, contrast at least 4.5:1 (WCAG 2.2 AA), visible focus.</summary>
internal static class Style
{
    private const string Sheet =
        """
        :root { color-scheme: light dark; --text: #1b1f24; --back: #f4f6f8; --card: #fff; --line: #8a949e; --accent: #0b5cad; --alert: #a4161a; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e6e9ec; --back: #14171a; --card: #1e2328; --line: #7d8791; --accent: #7ab8f5; --alert: #ff9a9e; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
        main { max-width: 26rem; margin: 12vh auto 2rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
        h1 { margin: 0 0 1rem; font-size: 1.4rem; }
        label { display: block; margin-top: 1rem; font-weight: 600; }
        input { width: 100%; padding: .5rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .25rem; }
        button { margin: 1.5rem .5rem 0 0; padding: .5rem 1.25rem; font: inherit; font-weight: 600; border: 2px solid var(--accent); border-radius: .25rem;
          color: var(--card); background: var(--accent); }
        button.second { color: var(--accent); background: transparent; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        code { font-size: 1.25rem; letter-spacing: .1em; }
        .alert { color: var(--alert); font-weight: 600; }

        """;

    public static Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "text/css; charset=utf-8";
        context.Response.Headers.CacheControl = "public, max-age=3600";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync(Sheet, context.RequestAborted);
    }
}

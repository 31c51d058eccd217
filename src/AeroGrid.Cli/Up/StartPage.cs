using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AeroGrid.Cli.Up;

/// <summary>
/// What a browser gets at the console's address: how to go on from here with the command line and kubectl. It tells nothing about what runs
/// and needs no sign-in. Plain HTML under a policy that allows nothing else.
/// </summary>
internal static class StartPage
{
    /// <summary>Maps <c>/</c>.</summary>
    public static void MapStartPage(this IEndpointRouteBuilder endpoints, PlatformAddresses addresses, string kubeconfig)
    {
        var page = Render(addresses, kubeconfig);
        endpoints.MapGet("/", context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return context.Response.WriteAsync(page);
        });
    }

    private static string Render(PlatformAddresses addresses, string kubeconfig)
    {
        var folder = System.Net.WebUtility.HtmlEncode(kubeconfig);
        return $$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>AeroGrid</title>
            <style>
            :root { color-scheme: light dark; }
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1.5rem; }
            h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
            pre { padding: .8rem 1rem; border: 1px solid #8884; border-radius: 8px; overflow-x: auto; }
            </style>
            </head>
            <body>
            <main>
            <h1>AeroGrid is running</h1>
            <p>Apps are served at <a href="{{addresses.Apps}}apps/">{{addresses.Apps}}apps/</a>. Deploy and call one from a terminal:</p>
            <h2>Deploy an app</h2>
            <pre><code>aerogrid deploy samples/hello --wait
            curl -H "Authorization: Bearer $(aerogrid token)" {{addresses.Apps}}apps/demo/hello/</code></pre>
            <h2>Use kubectl</h2>
            <pre><code>export KUBECONFIG={{folder}}
            kubectl get apps -A</code></pre>
            <h2>Find out more</h2>
            <pre><code>aerogrid --help</code></pre>
            </main>
            </body>
            </html>
            """;
    }
}

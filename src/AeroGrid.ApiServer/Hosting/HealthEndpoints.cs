using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Negotiation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>
/// <c>/livez</c>, <c>/readyz</c>, <c>/healthz</c> (https://kubernetes.io/docs/reference/using-api/health-checks/) and <c>/version</c>. They need no
/// credential and tell nothing secret.
/// </summary>
internal static class HealthEndpoints
{
    private const string Major = "1";
    private const string Minor = "33";

    /// <summary>Maps them.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/livez", ["GET", "HEAD"], context => WriteAsync(context, []));
        foreach (var path in (ReadOnlySpan<string>)["/readyz", "/healthz"])
        {
            endpoints.MapMethods(path, ["GET", "HEAD"], context => WriteAsync(context, [.. context.RequestServices.GetServices<IReadinessCheck>()]));
        }

        endpoints.MapMethods("/version", ["GET", "HEAD"], context => ResponseBody.WriteAsync(context, 200, Version()));
    }

    private static async Task WriteAsync(HttpContext context, IReadOnlyList<IReadinessCheck> checks)
    {
        var failed = checks.Where(c => !c.IsReady).ToList();
        context.Response.StatusCode = failed.Count == 0 ? 200 : 503;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache, private";
        if (failed.Count == 0 && !context.Request.Query.ContainsKey("verbose"))
        {
            await context.Response.WriteAsync("ok");
            return;
        }

        var text = new StringBuilder();
        foreach (var check in checks)
        {
            text.Append(CultureInfo.InvariantCulture, $"[{(check.IsReady ? '+' : '-')}]{check.Name} {(check.IsReady ? "ok" : $"failed: {check.Reason}")}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{context.Request.Path.Value![1..]} check {(failed.Count == 0 ? "passed" : "failed")}\n");
        await context.Response.WriteAsync(text.ToString());
    }

    /// <summary>The version of the Kubernetes API that is spoken; clients decide by it what they may use.</summary>
    private static JsonObject Version() => new()
    {
        ["major"] = Major,
        ["minor"] = Minor,
        ["gitVersion"] = $"v{Major}.{Minor}.0+aerogrid",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = RuntimeInformation.FrameworkDescription,
        ["compiler"] = "roslyn",
        ["platform"] = $"{(OperatingSystem.IsMacOS() ? "darwin" : "linux")}/{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}",
    };
}

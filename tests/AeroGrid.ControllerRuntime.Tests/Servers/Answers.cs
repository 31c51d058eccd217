using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ControllerRuntime.Tests.Servers;

/// <summary>Answers of a server that is scripted by a test.</summary>
internal static class Answers
{
    public static bool IsWatch(this HttpContext context) => context.Request.Query["watch"] == "true";

    public static bool IsAbout(this HttpContext context, string plural) => context.Request.Path.Value!.EndsWith("/" + plural, StringComparison.Ordinal);

    public static async Task<bool> StatusAsync(this HttpContext context, int code, string reason, string message = "as scripted", int? retryAfter = null)
    {
        context.Response.StatusCode = code;
        if (retryAfter is { } seconds)
            context.Response.Headers.RetryAfter = $"{seconds}";
        await context.Response.WriteAsJsonAsync(
            new { kind = "Status", apiVersion = "v1", status = "Failure", message, reason, code }, context.RequestAborted);
        return true;
    }

    public static async Task<bool> ListAsync(this HttpContext context, string version, params string[] configMaps)
    {
        await context.Response.WriteAsJsonAsync(
            new
            {
                kind = "ConfigMapList",
                apiVersion = "v1",
                metadata = new { resourceVersion = version },
                items = configMaps.Select(name => ConfigMap(name, version)),
            },
            context.RequestAborted);
        return true;
    }

    /// <summary>Starts a watch and sends lines; the watch stays open until <paramref name="end"/>, or ends at once without it.</summary>
    public static async Task<bool> WatchAsync(this HttpContext context, IEnumerable<string> lines, CancellationToken? end = null)
    {
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(context.RequestAborted);
        foreach (var line in lines)
            await context.Response.WriteAsync(line + "\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        if (end is { } token)
            await UntilAsync(context, token);
        return true;
    }

    /// <summary>Says nothing until the client leaves or the test ends.</summary>
    public static async Task<bool> SilenceAsync(this HttpContext context, CancellationToken end)
    {
        await UntilAsync(context, end);
        return true;
    }

    public static string Event(string type, string name, string version) => JsonSerializer.Serialize(new
    {
        type,
        @object = new
        {
            kind = "ConfigMap",
            apiVersion = "v1",
            metadata = new { name, @namespace = "demo", uid = name, resourceVersion = version },
        },
    });

    public static string Bookmark(string version) => JsonSerializer.Serialize(new
    {
        type = "BOOKMARK",
        @object = new { kind = "ConfigMap", apiVersion = "v1", metadata = new { resourceVersion = version } },
    });

    public const string Gone =
        """{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too old resource version","reason":"Expired","code":410}}""";

    private static object ConfigMap(string name, string version) => new
    {
        metadata = new { name, @namespace = "demo", uid = name, resourceVersion = version },
    };

    private static async Task UntilAsync(HttpContext context, CancellationToken end)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, context.RequestAborted);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

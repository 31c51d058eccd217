using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ControllerRuntime.Tests.Servers;

/// <summary>A request that came through the proxy.</summary>
internal sealed record SeenRequest(string Method, string Path, IQueryCollection Query, long At)
{
    public bool IsWatch => Query["watch"] == "true";

    public bool IsList => Method == "GET" && !IsWatch;
}

/// <summary>
/// A server in front of the API server that can behave as servers and networks do on bad days. Without a <see cref="Fault"/> it passes
/// everything through, watches line by line.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpMessageInvoker upstream = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
    private readonly Lock gate = new();
    private readonly HashSet<HttpContext> watches = [];
    private readonly ConcurrentQueue<SeenRequest> seen = new();

    private FaultProxy(WebApplication app) => this.app = app;

    /// <summary>Where clients go.</summary>
    public Uri Address => new(app.Urls.Single() + "/");

    /// <summary>Where requests are passed on to; null for a server that only knows its faults.</summary>
    public Uri? Upstream { get; set; }

    /// <summary>Answers a request in place of the server: true when it did.</summary>
    public Func<HttpContext, Task<bool>>? Fault { get; set; }

    /// <summary>Lines that take the place of a line of a watch.</summary>
    public Func<string, IEnumerable<string>>? WatchLine { get; set; }

    /// <summary>All requests until now.</summary>
    public IReadOnlyList<SeenRequest> Seen => [.. seen];

    /// <summary>How many watches are open.</summary>
    public int OpenWatches
    {
        get
        {
            lock (gate)
                return watches.Count;
        }
    }

    public static async Task<FaultProxy> StartAsync(Uri? upstream = null, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port, static listener => listener.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MinResponseDataRate = null;
        });
        var server = builder.Build();
        var proxy = new FaultProxy(server) { Upstream = upstream };
        server.Run(proxy.HandleAsync);
        await server.StartAsync();
        return proxy;
    }

    /// <summary>Cuts every open watch, as a network does: without an end of the answer.</summary>
    public void CutWatches()
    {
        // Under the lock no request can end, and a context must not be touched after that.
        lock (gate)
        {
            foreach (var context in watches)
                context.Abort();
        }
    }

    public void Forget() => seen.Clear();

    public async ValueTask DisposeAsync()
    {
        CutWatches();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(limit.Token);
        await app.DisposeAsync();
        upstream.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = new SeenRequest(context.Request.Method, context.Request.Path, context.Request.Query, Stopwatch.GetTimestamp());
        seen.Enqueue(request);
        if (request.IsWatch)
        {
            lock (gate)
                watches.Add(context);
        }

        try
        {
            if (Fault is { } fault && await fault(context))
                return;
            if (Upstream is null)
                context.Response.StatusCode = StatusCodes.Status404NotFound;
            else
                await ForwardAsync(context, request.IsWatch);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            context.Abort();
        }
        finally
        {
            lock (gate)
                watches.Remove(context);
        }
    }

    private async Task ForwardAsync(HttpContext context, bool watch)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), new Uri(Upstream!, context.Request.Path + context.Request.QueryString));
        if (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(context.Request.ContentType!);
        }

        foreach (var name in new[] { "Authorization", "Accept", "User-Agent" })
            request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].ToArray());
        using var response = await upstream.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        if (response.Headers.RetryAfter is { } retryAfter)
            context.Response.Headers.RetryAfter = retryAfter.ToString();
        if (!watch)
        {
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
            return;
        }

        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(context.RequestAborted));
        while (await lines.ReadLineAsync(context.RequestAborted) is { } line)
        {
            foreach (var written in WatchLine?.Invoke(line) ?? [line])
                await context.Response.WriteAsync(written + "\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}

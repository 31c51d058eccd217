using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

using AeroGrid.Node.Logs;

namespace AeroGrid.Node.Server;

/// <summary>
/// The kubelet's HTTP endpoint on a loopback port of its own: <c>/containerLogs/{namespace}/{pod}/{container}</c> for the API server, with
/// the bearer token that both know, and <c>/healthz</c>.
/// </summary>
internal sealed class KubeletServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly byte[] _token;
    private readonly TimeProvider _time;
    private readonly ContainerLogs _logs;

    private KubeletServer(WebApplication app, string token, ContainerLogs logs, TimeProvider time)
    {
        (_app, _logs, _time) = (app, logs, time);
        _token = Encoding.UTF8.GetBytes($"Bearer {token}");
        app.MapGet("/healthz", () => "ok");
        app.MapGet("/containerLogs/{namespaceName}/{pod}/{container}", GetLogsAsync);
    }

    /// <summary>Its port.</summary>
    public int Port { get; private set; }

    /// <summary>Starts listening.</summary>
    /// <param name="token">The bearer token that callers must show.</param>
    /// <param name="logs">Finds logs.</param>
    /// <param name="loggers">Where logs go.</param>
    /// <param name="time">Where time comes from.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<KubeletServer> StartAsync(string token, ContainerLogs logs, Microsoft.Extensions.Logging.ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.AddServerHeader = false;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        var server = new KubeletServer(builder.Build(), token, logs, time);
        await server._app.StartAsync(cancellationToken).ConfigureAwait(false);
        var addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.Port = new Uri(addresses.Addresses.First()).Port;
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Followers of logs would be waited for: the containers have ended, nothing comes any more.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task GetLogsAsync(HttpContext context, string namespaceName, string pod, string container)
    {
        if (!IsAuthorized(context.Request))
        {
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "Unauthorized").ConfigureAwait(false);
            return;
        }

        LogQuery query;
        try
        {
            query = Query(context.Request.Query);
        }
        catch (FormatException e)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, e.Message).ConfigureAwait(false);
            return;
        }

        var (reader, reason) = _logs.Find(namespaceName, pod, container, Flag(context.Request.Query, "previous"));
        if (reader is null)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, reason!).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        try
        {
            // The reader of an empty log sees that it is one, and a follower that it follows.
            await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
            await reader.CopyAsync(query, context.Response.Body, context.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever read has left.
        }
    }

    private bool IsAuthorized(HttpRequest request) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), _token);

    private static async Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(message, context.RequestAborted).ConfigureAwait(false);
    }

    private LogQuery Query(IQueryCollection query)
    {
        DateTimeOffset? since = null;
        if (Number(query, "sinceSeconds") is { } seconds)
            since = _time.GetUtcNow() - TimeSpan.FromSeconds(seconds);
        if (query["sinceTime"].ToString() is { Length: > 0 } text)
        {
            since = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
                : throw new FormatException($"sinceTime: '{text}' is no time: write it as in 2026-01-31T12:00:00Z");
        }

        return new()
        {
            Follow = Flag(query, "follow"),
            Timestamps = Flag(query, "timestamps"),
            TailLines = Number(query, "tailLines"),
            LimitBytes = Number(query, "limitBytes"),
            Since = since,
            Stream = query["stream"].ToString() is { Length: > 0 } stream ? stream : null,
        };
    }

    private static bool Flag(IQueryCollection query, string name) => query[name].ToString() is "true" or "1";

    private static long? Number(IQueryCollection query, string name)
    {
        if (query[name].ToString() is not { Length: > 0 } text)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{name}: '{text}' is not a number of 0 or more");
    }
}

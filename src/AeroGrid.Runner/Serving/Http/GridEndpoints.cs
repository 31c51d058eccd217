using System.Net.WebSockets;
using System.Text.Json;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Runner.Serving.Http;

/// <summary><c>GET /grids</c> and <c>GET /grids/{grid}</c> in all their forms: docs/reference/grids.md.</summary>
internal sealed class GridEndpoints(GridDirectory grids, SubscriptionHub hub)
{
    /// <summary>A snapshot holds references to all rows while it is read, so that there are only so many at a time.</summary>
    private const int MostSnapshots = 32;

    private static readonly TimeSpan SnapshotLimit = TimeSpan.FromMinutes(5);

    private int snapshots;

    public async Task ListAsync(HttpContext context)
    {
        if (await RefuseExpiredAsync(context))
            return;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, JsonEvents.Options);
        writer.WriteStartObject();
        writer.WriteStartArray("grids"u8);
        foreach (var grid in grids.All)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, grid.Name);
            writer.WriteNumber("rows"u8, grid.RowCount);
            writer.WriteString("position"u8, grid.Position.ToString());
            JsonEvents.WriteState(writer, hub.State);
            JsonEvents.WriteColumns(writer, grid.Definition.Columns);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public async Task ReadAsync(HttpContext context)
    {
        if (await RefuseExpiredAsync(context))
            return;
        var name = (string)context.Request.RouteValues["grid"]!;
        if (!grids.TryFind(name, out var grid))
        {
            await Problems.WriteAsync(context, StatusCodes.Status404NotFound, "No such grid", $"The app has no grid \"{name}\".");
            return;
        }

        if (!GridQuery.TryRead(context.Request, grid.Definition, out var query, out var problem))
        {
            await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "Wrong parameter", problem);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        if (context.WebSockets.IsWebSocketRequest)
        {
            await ServeWebSocketAsync(context, grid, query);
            return;
        }

        switch (Accepted(context.Request))
        {
            case "text/event-stream":
                await ServeEventsAsync(context, grid, query);
                break;
            case { } type:
                await ServeSnapshotAsync(context, grid, query, isCsv: type == "text/csv");
                break;
            default:
                await Problems.WriteAsync(context, StatusCodes.Status406NotAcceptable, "Unknown form", "application/json, text/csv and text/event-stream can be accepted.");
                break;
        }
    }

    /// <summary>The first of our types that the client names; JSON when it takes anything.</summary>
    private static string? Accepted(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        if (accept.Count == 0)
            return "application/json";
        foreach (var part in accept.SelectMany(a => (a ?? "").Split(',')))
        {
            switch (part.Split(';')[0].Trim().ToLowerInvariant())
            {
                case "text/event-stream":
                    return "text/event-stream";
                case "text/csv":
                    return "text/csv";
                case "application/json" or "application/*" or "*/*" or "":
                    return "application/json";
            }
        }

        return null;
    }

    private static SubscriptionRequest ToRequest(HttpContext context, Grid grid, GridQuery query) =>
        new(grid, query.Columns, query.Filter, query.Rate, query.Since, BearerToken.ExpiryOf(context.Request.Headers.Authorization));

    private async Task<bool> RefuseExpiredAsync(HttpContext context)
    {
        if (!(BearerToken.ExpiryOf(context.Request.Headers.Authorization) <= hub.Time.GetUtcNow()))
            return false;
        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\", error_description=\"The access token has expired\"";
        await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "Token expired", EndMessages.Of(SubscriptionEnd.TokenExpired, ""));
        return true;
    }

    private async Task ServeEventsAsync(HttpContext context, Grid grid, GridQuery query)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx and others would hold events back
        var channel = new SseChannel(context.Response);
        try
        {
            await channel.BeginAsync(context.RequestAborted);
            using var subscription = new Subscription(hub, ToRequest(context, grid, query), channel);
            var end = await subscription.RunAsync(context.RequestAborted);
            if (end is SubscriptionEnd.TooSlow)
                context.Abort();
            else if (end is not SubscriptionEnd.ClientGone)
                await channel.EndAsync(EndEvent(end, grid), context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client is gone: nobody to tell.
        }
    }

    private async Task ServeWebSocketAsync(HttpContext context, Grid grid, GridQuery query)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var channel = new WebSocketChannel(socket);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using var subscription = new Subscription(hub, ToRequest(context, grid, query), channel);
        var receiving = channel.ClientEndsAsync(context.RequestAborted);
        var closing = receiving.ContinueWith(_ => gone.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            var end = await subscription.RunAsync(gone.Token);
            if (end is SubscriptionEnd.ClientGone or SubscriptionEnd.TooSlow)
            {
                if (socket.State == WebSocketState.CloseReceived)
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                else
                    context.Abort();
            }
            else
            {
                await socket.SendAsync(EndEvent(end, grid), WebSocketMessageType.Text, true, context.RequestAborted);
                var status = end == SubscriptionEnd.Stopping ? WebSocketCloseStatus.EndpointUnavailable : WebSocketCloseStatus.PolicyViolation;
                await socket.CloseOutputAsync(status, EndMessages.CodeOf(end), context.RequestAborted);
                await receiving.WaitAsync(TimeSpan.FromSeconds(1), hub.Time, context.RequestAborted);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or TimeoutException)
        {
            context.Abort();
        }

        await closing;
    }

    private static ReadOnlyMemory<byte> EndEvent(SubscriptionEnd end, Grid grid)
    {
        using var encoder = new JsonEvents();
        return encoder.End(EndMessages.CodeOf(end), EndMessages.Of(end, grid.Name));
    }

    private async Task ServeSnapshotAsync(HttpContext context, Grid grid, GridQuery query, bool isCsv)
    {
        if (Interlocked.Increment(ref snapshots) > MostSnapshots)
        {
            Interlocked.Decrement(ref snapshots);
            context.Response.Headers.RetryAfter = "1";
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many downloads", $"{MostSnapshots} clients download grids of this app now; try again in a moment.");
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await using var timer = hub.Time.CreateTimer(static l => ((CancellationTokenSource)l!).Cancel(), limit, SnapshotLimit, Timeout.InfiniteTimeSpan);
        try
        {
            var contents = grid.Copy(query.Filter);
            var state = hub.State;
            if (ColumnSelection.Select(contents.Definition.Columns, query.Columns) is null)
            {
                await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "Wrong parameter", EndMessages.Of(SubscriptionEnd.ColumnRemoved, grid.Name));
                return;
            }

            context.Response.Headers["AeroGrid-Position"] = contents.Position.ToString();
            context.Response.Headers["AeroGrid-Stale"] = state.ReasonName ?? "false";
            if (isCsv)
                await SnapshotWriter.WriteCsvAsync(context, contents, query.Columns, context.Request.Query["guard"] != "false", limit.Token);
            else
                await SnapshotWriter.WriteJsonAsync(context, contents, state, query.Columns, context.Request.Query["shape"] == "rows", limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Gone, or so slow that half a document is all it gets: a broken connection says so.
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref snapshots);
        }
    }
}

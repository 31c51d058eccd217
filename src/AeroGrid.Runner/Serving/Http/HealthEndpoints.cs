using System.Text.Json;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Metrics;
using AeroGrid.Runner.Subscriptions;
using AeroGrid.Runner.Supervision;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>What probes, the operator and Prometheus ask.</summary>
internal sealed class HealthEndpoints(GridDirectory grids, MemoryBudget budget, SubscriptionHub hub, AppState state, Supervisor supervisor, Readiness readiness, RunnerMetrics metrics)
{
    public static Task LiveAsync(HttpContext context) => context.Response.WriteAsync("ok\n", context.RequestAborted);

    public Task ReadyAsync(HttpContext context)
    {
        if (readiness.IsReady && !hub.IsStopping)
            return context.Response.WriteAsync("ok\n", context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(hub.State.Message + "\n", context.RequestAborted);
    }

    public async Task MetricsAsync(HttpContext context)
    {
        foreach (var grid in grids.All)
            metrics.Grid(grid.Name, grid.RowCount, hub.CountOf(grid));
        metrics.Memory(budget.Used);
        foreach (var feed in supervisor.Current?.Feeds ?? [])
        {
            foreach (var (partition, lag) in feed.Lag())
            {
                if (lag is { } count)
                    metrics.Lag(feed.Topic, partition, count);
            }
        }

        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await metrics.Registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }

    public async Task StatusAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, JsonEvents.Options);
        writer.WriteStartObject();
        writer.WriteBoolean("ready"u8, readiness.IsReady);
        JsonEvents.WriteState(writer, hub.State);
        writer.WriteString("traceback"u8, state.Failure?.Traceback);
        writer.WriteNumber("restarts"u8, supervisor.Restarts);
        writer.WriteNumber("subscribers"u8, hub.Count);
        writer.WriteStartArray("topics"u8);
        foreach (var feed in supervisor.Current?.Feeds ?? [])
        {
            writer.WriteStartObject();
            writer.WriteString("topic"u8, feed.Topic);
            writer.WriteString("problem"u8, feed.Problem);
            writer.WriteStartArray("partitions"u8);
            foreach (var (partition, lag) in feed.Lag())
            {
                writer.WriteStartObject();
                writer.WriteNumber("partition"u8, partition);
                if (lag is { } count)
                    writer.WriteNumber("lag"u8, count);
                else
                    writer.WriteNull("lag"u8);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

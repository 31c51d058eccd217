using System.Diagnostics;
using System.Diagnostics.Metrics;

using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Observability;

/// <summary>
/// Metrics of the gateway with the names and units of OpenTelemetry's semantic conventions for HTTP servers, by tenant and app. Requests that
/// no route took have neither, so that made-up addresses make no new series. Thread-safe.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "AeroGrid.Gateway";

    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Meter meter = new(MeterName);
    private readonly Histogram<double> duration;
    private readonly UpDownCounter<long> active;
    private readonly Counter<long> retries;

    public GatewayMetrics()
    {
        duration = meter.CreateHistogram(
            "http.server.request.duration",
            "s",
            "Duration of requests to apps",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        active = meter.CreateUpDownCounter<long>("http.server.active_requests", "{request}", "Requests to apps that are running");
        retries = meter.CreateCounter<long>("aerogrid.gateway.retries", "{request}", "Requests that were sent to another endpoint of an app");
    }

    public void Begin()
    {
        if (active.Enabled)
            active.Add(1);
    }

    public void End(HttpContext context, Exchange exchange, TimeSpan elapsed)
    {
        if (active.Enabled)
            active.Add(-1);
        if (!duration.Enabled)
            return;
        var tags = new TagList
        {
            { "http.request.method", Method(context.Request.Method) },
            { "http.response.status_code", context.Response.StatusCode },
        };
        AddApp(ref tags, exchange);
        if (exchange.Problem is { } problem)
            tags.Add("error.type", problem);
        duration.Record(elapsed.TotalSeconds, tags);
    }

    public void Retried(Exchange exchange, bool refused)
    {
        var tags = new TagList { { "error.type", refused ? "connection_refused" : "connection_broken" } };
        AddApp(ref tags, exchange);
        retries.Add(1, tags);
    }

    public void Dispose() => meter.Dispose();

    private static void AddApp(ref TagList tags, Exchange exchange)
    {
        if (exchange.Route is not { } route)
            return;
        tags.Add("k8s.namespace.name", route.Source.Namespace);
        tags.Add("aerogrid.app.name", route.App);
    }

    /// <summary>Clients may invent methods; the convention has one name for all of those.</summary>
    private static string Method(string method) =>
        method is "GET" or "POST" or "PUT" or "DELETE" or "HEAD" or "OPTIONS" or "PATCH" or "CONNECT" or "TRACE" ? method : "_OTHER";
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AeroGrid.Gateway.Observability;

/// <summary>The platform's metrics for Prometheus. For the origin of the API, never for the one of the apps.</summary>
public static class MetricsEndpoint
{
    /// <summary>
    /// Series of one instrument of the gateway, which has them for each app. Beyond it OpenTelemetry's SDK counts into one series without attributes, so that a flood of apps costs
    /// detail and not memory.
    /// </summary>
    private const int MaximumSeries = 10_000;

    /// <summary>
    /// Maps a page with the metrics of this process in Prometheus' text format. Counting begins now. Who may read it is for the caller to say, since
    /// it names tenants and apps.
    /// </summary>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="path">Usually <c>/metrics</c>.</param>
    /// <param name="meters">Names of meters, with <c>*</c>; none for <c>AeroGrid.*</c>.</param>
    public static IEndpointConventionBuilder MapPrometheusMetrics(this IEndpointRouteBuilder endpoints, string path, params string[] meters)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
#pragma warning disable CA2000 // Both live as long as the process; the provider owns the reader.
        var page = new MetricsPage(meters.Length == 0 ? ["AeroGrid.*"] : meters);
#pragma warning restore CA2000
        return endpoints.MapGet(path, page.WriteAsync);
    }

    /// <summary>Collects when asked; two readers at a time get the same.</summary>
    internal sealed class MetricsPage : IDisposable
    {
        private readonly Lock gate = new();
        private readonly PrometheusText exporter = new();
        private readonly BaseExportingMetricReader reader;
        private readonly MeterProvider provider;

        public MetricsPage(string[] meters)
        {
            reader = new BaseExportingMetricReader(exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
            provider = Sdk.CreateMeterProviderBuilder()
                .AddMeter(meters)
                .AddView(static instrument =>
                    instrument.Meter.Name == GatewayMetrics.MeterName ? new MetricStreamConfiguration { CardinalityLimit = MaximumSeries } : null)
                .AddReader(reader)
                .Build();
        }

        public string Collect()
        {
            lock (gate)
            {
                reader.Collect();
                return exporter.Text;
            }
        }

        public Task WriteAsync(HttpContext context)
        {
            context.Response.ContentType = PrometheusText.ContentType;
            return context.Response.WriteAsync(Collect(), context.RequestAborted);
        }

        public void Dispose() => provider.Dispose();
    }
}

using System.Globalization;
using System.Text;

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace AeroGrid.Gateway.Observability;

/// <summary>
/// Writes collected metrics in Prometheus' text format 0.0.4, with names and labels as OpenTelemetry's "Prometheus and OpenMetrics Compatibility"
/// says: dots become underscores, units and <c>_total</c> are appended.
/// </summary>
internal sealed class PrometheusText : BaseExporter<Metric>
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    /// <summary>What was collected last.</summary>
    public string Text => text.ToString();

    public override ExportResult Export(in Batch<Metric> batch)
    {
        text.Clear();
        foreach (var metric in batch)
            Write(metric);
        return ExportResult.Success;
    }

    private void Write(Metric metric)
    {
        var isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var isHistogram = metric.MetricType is MetricType.Histogram;
        var name = Name(metric.Name, metric.Unit) + (isCounter ? "_total" : "");
        if (metric.Description is { Length: > 0 } description)
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {description.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\n");
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(isHistogram ? "histogram" : isCounter ? "counter" : "gauge")}\n");
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (isHistogram)
                WriteHistogram(name, metric, point);
            else
                WriteLine(name, metric, point, null, Value(metric.MetricType, point));
        }
    }

    private void WriteHistogram(string name, Metric metric, in MetricPoint point)
    {
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            WriteLine($"{name}_bucket", metric, point, Number(bucket.ExplicitBound), count);
        }

        WriteLine($"{name}_sum", metric, point, null, point.GetHistogramSum());
        WriteLine($"{name}_count", metric, point, null, point.GetHistogramCount());
    }

    private static double Value(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private void WriteLine(string name, Metric metric, in MetricPoint point, string? bound, double value)
    {
        text.Append(name).Append('{');
        Label("otel_scope_name", metric.MeterName);
        foreach (var tag in point.Tags)
        {
            text.Append(',');
            Label(Sanitize(tag.Key), Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
        }

        if (bound is not null)
        {
            text.Append(',');
            Label("le", bound);
        }

        text.Append("} ").Append(Number(value)).Append('\n');
    }

    private void Label(string name, string value)
    {
        text.Append(name).Append("=\"");
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '\\' => @"\\",
                '"' => "\\\"",
                '\n' => @"\n",
                _ => c.ToString(),
            });
        }

        text.Append('"');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Name(string name, string unit)
    {
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "1" => "_ratio",
            _ => "",
        };
        return Sanitize(name) + suffix;
    }

    private static string Sanitize(string name) => string.Create(name.Length, name, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
    });
}

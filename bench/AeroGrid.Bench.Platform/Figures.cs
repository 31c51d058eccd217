namespace AeroGrid.Bench.Platform;

/// <summary>Percentiles by the nearest-rank method.</summary>
internal static class Figures
{
    public static double Percentile(IEnumerable<double> values, double percentile)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(percentile / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    public static string Summary(string what, IReadOnlyCollection<double> seconds) =>
        $"{what,-38} p50 {Percentile(seconds, 50) * 1000,7:0} ms   p95 {Percentile(seconds, 95) * 1000,7:0} ms   max {seconds.Max() * 1000,7:0} ms   (n = {seconds.Count})";
}

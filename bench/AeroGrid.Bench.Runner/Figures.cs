namespace AeroGrid.Bench.Runner;

/// <summary>Percentiles against a limit.</summary>
internal static class Figures
{
    public static void Print(string what, List<double> milliseconds, params (double Percentile, double Limit)[] limits)
    {
        milliseconds.Sort();
        foreach (var (percentile, limit) in limits)
        {
            var value = milliseconds[Math.Min(milliseconds.Count - 1, (int)(milliseconds.Count * percentile))];
            Console.WriteLine($"{what}: p{percentile * 100:0} {value,8:0.0} ms of {limit:0} ms   ratio {value / limit:0.00} {(value <= limit ? "held" : "missed")}   ({milliseconds.Count} events)");
        }
    }

    public static void Print(string what, double value, double limit, string unit, bool atLeast = false) =>
        Console.WriteLine($"{what}: {value:#,0} {unit} of {limit:#,0}   ratio {value / limit:0.00} {((atLeast ? value >= limit : value <= limit) ? "held" : "missed")}");
}

using System.Diagnostics;

namespace AeroGrid.Bench.ApiServer;

/// <summary>Durable creates of objects of 1 KiB by 16 clients.</summary>
internal static class Creates
{
    private const int Clients = 16;
    private const int Target = 2000;

    public static async Task RunAsync(Server server, double limit)
    {
        await MeasureAsync(server, "warm", TimeSpan.FromSeconds(3));
        var rate = await MeasureAsync(server, "hot", TimeSpan.FromSeconds(6));
        Console.WriteLine($"durable creates, 1 KiB, {Clients} clients: {rate:0}/s (target {Target}), {rate / limit:P0} of bare SQLite's {limit:0}/s");
    }

    private static async Task<double> MeasureAsync(Server server, string prefix, TimeSpan duration)
    {
        var data = new string('x', 800);
        var count = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var i = 0; watch.Elapsed < duration; i++)
            {
                await server.PostAsync(
                    "/api/v1/namespaces/default/configmaps",
                    $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{prefix}}}-{{{client}}}-{{{i}}}","labels":{"app":"bench"}},"data":{"k":"{{{data}}}"}}""");
                Interlocked.Increment(ref count);
            }
        }));
        return count / watch.Elapsed.TotalSeconds;
    }
}

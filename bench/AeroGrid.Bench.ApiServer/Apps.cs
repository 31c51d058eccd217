using System.Diagnostics;
using AeroGrid.TestKit;

namespace AeroGrid.Bench.ApiServer;

/// <summary>10,000 apps: memory, and the time to list them.</summary>
internal static class Apps
{
    private const int Count = 10_000;
    private const int TargetMiB = 300;
    private const int TargetMilliseconds = 1000;
    private const string Url = "/apis/aerogrid.io/v1alpha1/namespaces/default/apps";

    public static async Task RunAsync(Server server, string folder)
    {
        await YamlObjects.InstallAsync(server.Http, Path.Combine(Tools.RepositoryRoot, "deploy", "crds", "aerogrid.io_apps.yaml"));
        var code = new string('x', 400);
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
            await server.PostAsync(
                Url,
                $$$"""{"apiVersion":"aerogrid.io/v1alpha1","kind":"App","metadata":{"name":"app-{{{i}}}"},"spec":{"runtime":"python","files":[{"path":"app.py","content":"# {{{code}}}"}]}}"""));

        var times = new List<TimeSpan>();
        var bytes = 0;
        for (var i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            bytes = (await server.Http.GetByteArrayAsync(new Uri(Url, UriKind.Relative))).Length;
            times.Add(watch.Elapsed);
        }

        var read = BareSqlite.Read(folder, "aerogrid.io/apps");
        var worst = times.Max();
        Console.WriteLine(
            $"list of {Count} apps ({bytes / 1048576.0:0.0} MiB): {times.Min().TotalMilliseconds:0} to {worst.TotalMilliseconds:0} ms (target {TargetMilliseconds}), {worst / read:0.0} times bare SQLite's {read.TotalMilliseconds:0} ms");
        Console.WriteLine($"memory with {Count} apps: {server.ResidentMiB:0} MiB resident (target {TargetMiB})");
    }
}

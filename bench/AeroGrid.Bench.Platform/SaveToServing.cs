using System.Diagnostics;
using System.Net;
using AeroGrid.TestKit;

namespace AeroGrid.Bench.Platform;

/// <summary>Code-only save until the new version answers through the gateway. The limit: the same script started bare until it answers.</summary>
internal static class SaveToServing
{
    public static async Task RunAsync(int saves)
    {
        await using var platform = await RunningPlatform.StartAsync();
        using var app = await BenchApp.CreateAsync(platform, "bench-save");
        await app.SaveAsync(0);
        await app.AnswersAsync(0);

        var bare = new List<double>();
        var saved = new List<double>();
        for (var version = 1; version <= saves; version++)
        {
            // In turn, so that both see the same machine.
            bare.Add(await StartBareAsync(version));
            var watch = Stopwatch.StartNew();
            await app.SaveAsync(version);
            await app.AnswersAsync(version);
            saved.Add(watch.Elapsed.TotalSeconds);
        }

        Console.WriteLine(Figures.Summary("limit: bare python3 until it answers", bare));
        Console.WriteLine(Figures.Summary("save until the new version answers", saved));
        Console.WriteLine($"ratio p50 {Figures.Percentile(saved, 50) / Figures.Percentile(bare, 50):0.0}   (target: p50 <= 500 ms, p95 <= 1000 ms)");
    }

    private static async Task<double> StartBareAsync(int version)
    {
        var port = RunningPlatform.FreePort();
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, BenchApp.Script(version));
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var watch = Stopwatch.StartNew();
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script]) { Environment = { ["PORT"] = $"{port}" } })!;
        try
        {
            while (true)
            {
                try
                {
                    using var response = await client.GetAsync("/");
                    if (response.StatusCode == HttpStatusCode.OK)
                    {
                        return watch.Elapsed.TotalSeconds;
                    }
                }
                catch (HttpRequestException) when (!python.HasExited)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
                }
            }
        }
        finally
        {
            python.Kill();
            await python.WaitForExitAsync();
            File.Delete(script);
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using AeroGrid.TestKit;

namespace AeroGrid.Bench.Platform;

/// <summary>Rolling updates under a steady load: every request must be answered with 200 by some version.</summary>
internal static class RollingUpdates
{
    public static async Task<int> RunAsync(int updates, int requestsPerSecond)
    {
        await using var platform = await RunningPlatform.StartAsync();
        using var app = await BenchApp.CreateAsync(platform, "bench-rolling");
        await app.SaveAsync(0);
        await app.AnswersAsync(0);

        var failures = new ConcurrentQueue<string>();
        var seconds = new ConcurrentQueue<double>();
        using var stop = new CancellationTokenSource();
        var load = LoadAsync(app, requestsPerSecond, failures, seconds, stop.Token);
        for (var version = 1; version <= updates; version++)
        {
            await app.SaveAsync(version);
            await app.AnswersAsync(version);
        }

        await stop.CancelAsync();
        await load;
        Console.WriteLine(Figures.Summary("request during rolling updates", [.. seconds]));
        Console.WriteLine($"{updates} rolling updates at {requestsPerSecond} requests/s: {seconds.Count} requests, {failures.Count} failed   (target: 0)");
        foreach (var group in failures.GroupBy(f => f).OrderByDescending(g => g.Count()).Take(10))
        {
            Console.WriteLine($"  {group.Count()} x {group.Key}");
        }

        return failures.IsEmpty ? 0 : 1;
    }

    /// <summary>Open loop: a request is sent when its time has come, whether or not earlier ones are answered.</summary>
    private static async Task LoadAsync(
        BenchApp app, int requestsPerSecond, ConcurrentQueue<string> failures, ConcurrentQueue<double> seconds, CancellationToken stop)
    {
        var running = new List<Task>();
        var watch = Stopwatch.StartNew();
        for (var sent = 0; !stop.IsCancellationRequested; sent++)
        {
            var due = TimeSpan.FromSeconds((double)sent / requestsPerSecond) - watch.Elapsed;
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, TimeProvider.System, CancellationToken.None);
            }

            running.Add(RequestAsync(app, failures, seconds));
        }

        await Task.WhenAll(running);
    }

    private static async Task RequestAsync(BenchApp app, ConcurrentQueue<string> failures, ConcurrentQueue<double> seconds)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            using var response = await app.Gateway.GetAsync(app.Path);
            var body = await response.Content.ReadAsStringAsync();
            if (response.StatusCode != HttpStatusCode.OK || !body.StartsWith("version ", StringComparison.Ordinal))
            {
                failures.Enqueue($"{(int)response.StatusCode} {body}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            failures.Enqueue(e.Message);
        }

        seconds.Enqueue(watch.Elapsed.TotalSeconds);
    }
}

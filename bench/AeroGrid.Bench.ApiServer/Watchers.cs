using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AeroGrid.Bench.ApiServer;

/// <summary>Time from sending a write until 100 watchers have it.</summary>
internal static class Watchers
{
    private const int Count = 100;
    private const int Writes = 300;
    private const int TargetMilliseconds = 30;

    public static async Task RunAsync(Server server)
    {
        var limit = Percentile(await BroadcastAsync(), 0.99);
        var times = await MeasureAsync(server);
        var p99 = Percentile(times, 0.99);
        Console.WriteLine(
            $"write to {Count} watchers: p50 {Percentile(times, 0.5):0.0} ms, p99 {p99:0.0} ms (target {TargetMilliseconds}), {p99 / limit:0.0} times a bare broadcast to {Count} sockets ({limit:0.0} ms)");
    }

    private static async Task<List<double>> MeasureAsync(Server server)
    {
        var received = 0;
        TaskCompletionSource? all = null;
        using var stop = new CancellationTokenSource();
        var watchers = new List<Task>();
        for (var i = 0; i < Count; i++)
        {
            var response = await server.Http.GetAsync(
                new Uri("/api/v1/namespaces/kube-public/secrets?watch=1", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, stop.Token);
            watchers.Add(ReadAsync(response));
        }

        var times = new List<double>();
        for (var i = 0; i < Writes; i++)
        {
            all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref received, 0);
            var start = Stopwatch.GetTimestamp();
            await server.PostAsync(
                "/api/v1/namespaces/kube-public/secrets", $$$"""{"metadata":{"name":"s-{{{i}}}"},"data":{"k":"{{{new string('A', 800)}}}"}}""");
            await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
            if (i >= Writes / 10)
            {
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(watchers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return times;

        async Task ReadAsync(HttpResponseMessage response)
        {
            using (response)
            {
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop.Token));
                while (await reader.ReadLineAsync(stop.Token) is not null)
                {
                    if (Interlocked.Increment(ref received) == Count)
                    {
                        all!.SetResult();
                    }
                }
            }
        }
    }

    /// <summary>The same with nothing but sockets.</summary>
    private static async Task<List<double>> BroadcastAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var pairs = new List<(TcpClient Client, TcpClient Server)>();
        for (var i = 0; i < Count; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            pairs.Add((client, await listener.AcceptTcpClientAsync()));
        }

        var times = new List<double>();
        var message = new byte[1024];
        for (var i = 0; i < Writes; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var reads = pairs.Select(p => p.Client.GetStream().ReadExactlyAsync(new byte[message.Length]).AsTask()).ToArray();
            foreach (var (_, server) in pairs)
            {
                await server.GetStream().WriteAsync(message);
            }

            await Task.WhenAll(reads);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        pairs.ForEach(p =>
        {
            p.Client.Dispose();
            p.Server.Dispose();
        });
        return times;
    }

    private static double Percentile(List<double> values, double part)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * part)];
    }
}

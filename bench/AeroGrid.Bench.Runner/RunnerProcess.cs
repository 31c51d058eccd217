using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

using AeroGrid.Runner.Tests.Support;
using AeroGrid.TestKit;

using Grpc.Net.Client;

namespace AeroGrid.Bench.Runner;

/// <summary>The runner as its own process, around an app that is a few lines of Python.</summary>
internal sealed class RunnerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly HttpClient http;

    private RunnerProcess(Process process, int port, int grpcPort)
    {
        (this.process, GrpcPort) = (process, grpcPort);
        http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public int GrpcPort { get; }

    public HttpClient Http => http;

    /// <summary>Megabytes that the runner holds now, without Python.</summary>
    public double ResidentMegabytes =>
        double.Parse(File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;

    /// <summary>Starts it and waits until the app is ready; AEROGRID_BENCH_RUNNER names another executable, such as a published one.</summary>
    public static async Task<RunnerProcess> StartAsync(string script, Action<IDictionary<string, string?>>? environment = null)
    {
        var program = Environment.GetEnvironmentVariable("AEROGRID_BENCH_RUNNER") ?? Path.Combine(AppContext.BaseDirectory, "aerogrid-runner");
        var start = new ProcessStartInfo(program, ["--", "/usr/bin/python3", "-u", Path.Combine(AppContext.BaseDirectory, "child.py"), script]);
        var (port, grpcPort) = (FreePort(), FreePort());
        start.Environment["PORT"] = $"{port}";
        start.Environment["PORT_GRPC"] = $"{grpcPort}";
        start.Environment["AEROGRID_ADDRESS"] = "127.0.0.1";
        environment?.Invoke(start.Environment);
        var runner = new RunnerProcess(Process.Start(start)!, port, grpcPort);
        await Eventually.Async(async () => (await runner.http.GetAsync("/readyz")).EnsureSuccessStatusCode(), TimeSpan.FromMinutes(3));
        return runner;
    }

    public GrpcChannel OpenChannel() => GrpcChannel.ForAddress($"http://127.0.0.1:{GrpcPort}", new GrpcChannelOptions
    {
        MaxReceiveMessageSize = null,
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false, InitialHttp2StreamWindowSize = 1024 * 1024 },
    });

    public static GridsClient Connect(GrpcChannel channel) => new(channel.CreateCallInvoker());

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text.Json;

using AeroGrid.Runner.Hosting;
using AeroGrid.TestKit;

using Grpc.Net.Client;

namespace AeroGrid.Runner.Tests.Support;

/// <summary>A runner inside the test's process, with an app that is a few lines of Python: Children/child.py.</summary>
internal sealed class TestRunner : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("aerogrid-test-");

    private TestRunner(string script, Action<Dictionary<string, string>>? environment, Func<RunnerOptions, RunnerOptions>? change)
    {
        (Port, GrpcPort) = (FreePort(), FreePort());
        var variables = new Dictionary<string, string>
        {
            ["PORT"] = $"{Port}",
            ["PORT_GRPC"] = $"{GrpcPort}",
            ["AEROGRID_ADDRESS"] = "127.0.0.1",
            ["AEROGRID_APP"] = "test",
            ["AEROGRID_TENANT"] = "tests",
            ["KAFKA_FETCH_WAIT_MAX_MS"] = "10",
        };
        environment?.Invoke(variables);
        var child = Path.Combine(AppContext.BaseDirectory, "Children", "child.py");
        var options = RunnerOptions.Read(variables, ["/usr/bin/python3", "-u", child, script], folder.FullName);
        Running = RunnerHost.RunAsync(change?.Invoke(options) ?? options, TimeProvider.System, stop.Token);
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        Channel = GrpcChannel.ForAddress($"http://127.0.0.1:{GrpcPort}");
        Grids = new GridsClient(Channel.CreateCallInvoker());
    }

    public int Port { get; }

    public int GrpcPort { get; }

    public HttpClient Http { get; }

    public GrpcChannel Channel { get; }

    public GridsClient Grids { get; }

    /// <summary>Completes with the runner's exit code.</summary>
    public Task<int> Running { get; }

    public static TestRunner Start(string script, Action<Dictionary<string, string>>? environment = null, Func<RunnerOptions, RunnerOptions>? change = null) =>
        new(script, environment, change);

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<TestRunner> ReadyAsync(string script, Action<Dictionary<string, string>>? environment = null, Func<RunnerOptions, RunnerOptions>? change = null)
    {
        var runner = Start(script, environment, change);
        try
        {
            await Eventually.Async(async () =>
            {
                if (runner.Running.IsCompleted)
                    throw new InvalidOperationException($"The runner ended with {await runner.Running}.");
                (await runner.Http.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
            });
            return runner;
        }
        catch
        {
            await runner.DisposeAsync();
            throw;
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A text as Python writes it.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text);

    /// <summary>The rows of a grid as the snapshot has them.</summary>
    public async Task<JsonElement> SnapshotAsync(string grid, string query = "")
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync($"/grids/{grid}{query}"));
        return document.RootElement.Clone();
    }

    public async Task<JsonElement> StatusAsync()
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync("/status"));
        return document.RootElement.Clone();
    }

    /// <summary>Waits until a cell has a value.</summary>
    public Task CellBecomesAsync(string grid, string key, string column, object? value) => Eventually.Async(async () =>
    {
        var rows = (await SnapshotAsync(grid)).GetProperty("rows").EnumerateArray();
        var row = rows.FirstOrDefault(r => r.GetProperty("key").GetString() == key);
        row.ValueKind.ShouldBe(JsonValueKind.Object, $"no row {key}");
        row.GetProperty(column).ToString().ShouldBe(value?.ToString() ?? "");
    });

    /// <summary>As SIGTERM does.</summary>
    public async Task<int> StopAsync()
    {
        await stop.CancelAsync();
        return await Running.WaitAsync(TimeSpan.FromSeconds(15));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Running.WaitAsync(TimeSpan.FromSeconds(15));
        Channel.Dispose();
        Http.Dispose();
        folder.Delete(recursive: true);
        stop.Dispose();
    }
}

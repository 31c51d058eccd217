using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Shouldly;

namespace AeroGrid.TestKit;

/// <summary>
/// <c>./aerogrid up</c> as a person starts it: the launcher script, a process of its own, a data folder and ports of its own. Everything
/// else in these tests goes through its command line, its ports and its kubeconfig.
/// </summary>
public sealed class RunningPlatform : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);
    private readonly Dictionary<string, string> _environment;
    private Process? _process;
    private StringBuilder _output = new();

    private RunningPlatform(Dictionary<string, string> environment)
    {
        _environment = environment;
        DataFolder = Directory.CreateTempSubdirectory("aerogrid-e2e-").FullName;
        (Port, AppsPort) = (FreePort(), FreePort());
        Http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(5) })
        {
            BaseAddress = new Uri($"http://localhost:{AppsPort}"),
            Timeout = TimeSpan.FromSeconds(20),
        };
    }

    /// <summary>The launcher script.</summary>
    public static string Launcher { get; } = Path.Combine(Tools.RepositoryRoot, "aerogrid");

    /// <summary>The data folder.</summary>
    public string DataFolder { get; }

    /// <summary>Port of the API and the console.</summary>
    public int Port { get; }

    /// <summary>Port of the apps.</summary>
    public int AppsPort { get; }

    /// <summary>A client whose base address is the apps origin.</summary>
    public HttpClient Http { get; }

    /// <summary>Process id of the platform.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>What <c>up</c> has printed since the last start, both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Path of the kubeconfig.</summary>
    public string Kubeconfig => Path.Combine(DataFolder, "kubeconfig");

    /// <summary>Starts a platform on a new data folder and waits until it can serve apps.</summary>
    public static async Task<RunningPlatform> StartAsync(Dictionary<string, string>? environment = null)
    {
        var platform = new RunningPlatform(environment ?? []);
        try
        {
            await platform.UpAsync();
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the platform (again) on the same folder and ports.</summary>
    public async Task UpAsync()
    {
        _output = new StringBuilder();
        var start = new ProcessStartInfo(Launcher, ["up", "--data", DataFolder, "--port", $"{Port}", "--apps-port", $"{AppsPort}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        await Eventually.Async(
            async () =>
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"`aerogrid up` ended with exit code {_process.ExitCode}:\n{Output}");
                }

                using var response = await Http.GetAsync(new Uri($"http://localhost:{Port}/readyz"));
                response.StatusCode.ShouldBe(HttpStatusCode.OK, Output);
            },
            StartTimeout);
    }

    /// <summary>Ends the platform as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends the platform as Ctrl-C or a service manager does and returns its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        (await Command.RunAsync("kill", ["-TERM", $"{_process!.Id}"])).ExitCode.ShouldBe(0);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Runs a user command against this platform.</summary>
    public Task<CommandResult> CliAsync(params string[] arguments) =>
        Command.RunAsync(Launcher, [.. arguments, "--data", DataFolder], _environment);

    /// <summary>Runs the real kubectl against this platform.</summary>
    public Task<CommandResult> KubectlAsync(params string[] arguments) =>
        Command.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments], new() { ["HOME"] = DataFolder });

    /// <summary>A token for calling apps, as <c>aerogrid token</c> prints it.</summary>
    public async Task<string> TokenAsync(params string[] arguments)
    {
        var result = await CliAsync(["token", .. arguments]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output.Trim();
    }

    /// <summary>GETs a path of the apps origin.</summary>
    public async Task<(HttpStatusCode Status, string Body, string? ContentType)> GetAsync(string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        using var response = await Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>Stops the platform and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            try
            {
                await TerminateAsync();
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process?.Dispose();
        Http.Dispose();
        Directory.Delete(DataFolder, recursive: true);
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}

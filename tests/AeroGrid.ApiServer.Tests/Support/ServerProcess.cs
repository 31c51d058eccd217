using System.Diagnostics;
using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests;

/// <summary>The API server as a process of its own, which can be killed.</summary>
public sealed class ServerProcess : HttpApi, IAsyncDisposable
{
    private const string Token = "crash-test";

    private readonly string _folder;
    private Process? _process;
    private HttpClient? _http;
    private Uri _address = new("http://127.0.0.1:0");

    public ServerProcess(string folder) => _folder = folder;

    public override HttpClient Http => _http!;

    public override Uri Address => _address;

    /// <summary>Resident memory in bytes.</summary>
    public long WorkingSet
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts the process on its folder and waits until it serves.</summary>
    public async Task StartAsync()
    {
        // Next to the tests: artifacts/bin/<project>/<configuration>/<program>.
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(Tools.RepositoryRoot, "artifacts", "bin", "AeroGrid.ApiServer.TestHost", configuration, "AeroGrid.ApiServer.TestHost");
        _process = Process.Start(new ProcessStartInfo(program, [_folder, "0", Token]) { RedirectStandardOutput = true })!;
        const string prefix = "listening on ";
        while (true)
        {
            var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server ended before it served.");
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                _address = new Uri(line[prefix.Length..]);
                break;
            }
        }

        _http?.Dispose();
        _http = new HttpClient(new SocketsHttpHandler());
        _http.DefaultRequestHeaders.Authorization = new("Bearer", Token);
    }

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            try
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
            catch (InvalidOperationException)
            {
                // It has ended.
            }

            process.Dispose();
        }

        _http?.Dispose();
    }
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using AeroGrid.TestKit;

namespace AeroGrid.Bench.ApiServer;

/// <summary>The server under measurement.</summary>
internal sealed class Server : IAsyncDisposable
{
    private const string Token = "bench";

    private readonly Process _process;

    private Server(Process process, Uri address)
    {
        _process = process;
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        Http.DefaultRequestHeaders.Authorization = new("Bearer", Token);
    }

    public HttpClient Http { get; }

    /// <summary>Resident memory in MiB.</summary>
    public double ResidentMiB
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    public static async Task<Server> StartAsync(string folder)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.Combine(Tools.RepositoryRoot, "artifacts", "bin", "AeroGrid.ApiServer.TestHost", configuration, "AeroGrid.ApiServer.TestHost");
        var watch = Stopwatch.StartNew();
        var process = Process.Start(new ProcessStartInfo(program, [folder, "0", Token]) { RedirectStandardOutput = true })!;
        const string prefix = "listening on ";
        string line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server ended.");
        }
        while (!line.StartsWith(prefix, StringComparison.Ordinal));

        Console.WriteLine($"start to listening: {watch.Elapsed.TotalMilliseconds:0} ms");
        return new Server(process, new Uri(line[prefix.Length..]));
    }

    public async Task PostAsync(string path, string body, string contentType = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(contentType));
        using var response = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

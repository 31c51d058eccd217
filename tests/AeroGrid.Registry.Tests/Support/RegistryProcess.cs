using System.Diagnostics;

namespace AeroGrid.Registry.Tests.Support;

/// <summary>The registry in a process of its own, to be killed.</summary>
internal sealed class RegistryProcess : IDisposable
{
    public const string Command = "serve-registry";
    private readonly Process process;

    private RegistryProcess(Process process, Uri address)
    {
        this.process = process;
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address, DefaultRequestHeaders = { Authorization = TestRegistry.Authorization } };
    }

    public HttpClient Http { get; }

    public static async Task<RegistryProcess> StartAsync(string folder)
    {
        var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Command, folder]) { RedirectStandardOutput = true })!;
        var address = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The registry's process ended at once.");
        return new RegistryProcess(server, new Uri(address));
    }

    /// <summary>Runs in the new process: serves until killed.</summary>
    public static async Task ServeAsync(string folder)
    {
        await using var registry = await TestRegistry.StartAsync(folder: folder);
        await Console.Out.WriteLineAsync(registry.Address.ToString());
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }

    /// <summary>As <c>kill -9</c>: nothing of the process runs any more.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
        Http.Dispose();
    }
}

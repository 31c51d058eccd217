using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;
using AeroGrid.TestKit;

namespace AeroGrid.Oci.Tests.Support;

/// <summary>Debian's docker-registry as a process of its own on loopback.</summary>
internal sealed class DockerRegistry : IAsyncDisposable
{
    public const string Name = "registry.test";
    private readonly string folder;
    private readonly Process process;

    private DockerRegistry(string folder, Process process, Uri address)
    {
        this.folder = folder;
        this.process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <param name="authentication">The part <c>auth</c> of its configuration as YAML, or nothing.</param>
    public static async Task<DockerRegistry> StartAsync(string authentication = "")
    {
        Assert.SkipUnless(Tools.Has("docker-registry"), "docker-registry is not installed");
        var data = Directory.CreateTempSubdirectory("docker-registry-").FullName;
        var port = FreePort();
        var configuration = Path.Combine(data, "config.yml");
        await File.WriteAllTextAsync(configuration, $"""
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: {data}/data
              delete:
                enabled: true
            http:
              addr: 127.0.0.1:{port}
            {authentication}
            """);
        var server = Process.Start(new ProcessStartInfo("docker-registry", ["serve", configuration])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        server.OutputDataReceived += (_, _) => { };
        server.ErrorDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        var registry = new DockerRegistry(data, server, new Uri($"http://127.0.0.1:{port}/"));
        using var http = new HttpClient(new SocketsHttpHandler());
        await Eventually.Async(async () => (await http.GetAsync(new Uri(registry.Address, "v2/"))).StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Unauthorized));
        return registry;
    }

    public RegistryClient CreateClient(RegistryCredential? credential = null, int chunkBytes = 32 * 1024 * 1024) => new(new RegistryClientOptions
    {
        Endpoints = new Dictionary<string, Uri> { [Name] = Address },
        Credentials = credential is null ? [] : new Dictionary<string, RegistryCredential> { [Name] = credential },
        ChunkBytes = chunkBytes,
    });

    public static ImageReference Reference(string text) => ImageReference.Parse($"{Name}/{text}");

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    internal static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.ApiServer.Storage;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.TestKit;

/// <summary>Settings of a <see cref="TestApiServer"/>.</summary>
public sealed record TestApiServerOptions
{
    /// <summary>Tokens besides the administrator's.</summary>
    public IReadOnlyList<StaticToken> Tokens { get; init; } = [];

    /// <summary>The issuer whose tokens are accepted.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>Bearer token towards kubelets.</summary>
    public string? KubeletToken { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>YAML files (or folders of them) with CustomResourceDefinitions that are installed at the first start.</summary>
    public IReadOnlyList<string> CustomResourceDefinitions { get; init; } = [];

    /// <summary>Registers or replaces services, after those of the API server.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }

    /// <summary>Maps further URLs on the same listener.</summary>
    public Action<WebApplication>? ConfigureApplication { get; init; }

    /// <summary>Least level of the log, which goes to the console; none by default.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.None;
}

/// <summary>
/// Our API server for tests: the real thing, on a port of its own of 127.0.0.1, with a data folder of its own that goes with it.
/// </summary>
public sealed class TestApiServer : IAsyncDisposable
{
    private readonly TestApiServerOptions _options;
    private readonly List<IDisposable> _clients = [];
    private WebApplication? _application;
    private X509Certificate2? _certificate;

    private TestApiServer(TestApiServerOptions options)
    {
        _options = options;
        DataFolder = Directory.CreateTempSubdirectory("aerogrid-apiserver-").FullName;
        KubeconfigFile = Path.Combine(DataFolder, "kubeconfig");
    }

    /// <summary>Where it listens; stays the same over <see cref="RestartAsync"/>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Token of a member of <c>system:masters</c>.</summary>
    public string AdminToken { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>A client with the administrator's token.</summary>
    public Kubernetes Client { get; private set; } = null!;

    /// <summary>A plain HTTP client with the administrator's token and <see cref="Address"/> as base address.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>The data folder.</summary>
    public string DataFolder { get; }

    /// <summary>A kubeconfig file with the administrator's token.</summary>
    public string KubeconfigFile { get; }

    /// <summary>The services of the running server.</summary>
    public IServiceProvider Services => _application!.Services;

    /// <summary>Starts a server.</summary>
    public static async Task<TestApiServer> StartAsync(TestApiServerOptions? options = null)
    {
        var server = new TestApiServer(options ?? new TestApiServerOptions());
        try
        {
            await server.RunAsync();
            await server.InstallAsync([.. server._options.CustomResourceDefinitions]);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server that accepts these tokens too.</summary>
    public static Task<TestApiServer> StartAsync(params StaticToken[] tokens) => StartAsync(new TestApiServerOptions { Tokens = tokens });

    /// <summary>A client with another token; null sends none. It lives as long as the server.</summary>
    public Kubernetes CreateClient(string? token)
    {
        var client = new Kubernetes(new KubernetesClientConfiguration { Host = Address.ToString(), AccessToken = token, SkipTlsVerify = true });
        _clients.Add(client);
        return client;
    }

    /// <summary>A plain HTTP client with another token; null sends none. It lives as long as the server.</summary>
    public HttpClient CreateHttpClient(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        _clients.Add(client);
        return client;
    }

    /// <summary>Creates what YAML files or folders of them hold and waits until all CustomResourceDefinitions among it are established.</summary>
    public Task InstallAsync(params string[] paths) => YamlObjects.InstallAsync(Http, paths);

    /// <summary>Runs the real kubectl against this server.</summary>
    public Task<CommandResult> KubectlAsync(params string[] arguments) =>
        Command.RunAsync("kubectl", ["--kubeconfig", KubeconfigFile, .. arguments], new() { ["HOME"] = DataFolder, ["KUBECACHEDIR"] = Path.Combine(DataFolder, "kube-cache") });

    /// <summary>Runs kubectl and demands success; returns what it printed.</summary>
    public async Task<string> KubectlOkAsync(params string[] arguments)
    {
        var result = await KubectlAsync(arguments);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {result}");
    }

    /// <summary>Makes the server forget what happened before: watches and exact lists from before now answer 410.</summary>
    public Task CompactAsync()
    {
        var store = Services.GetRequiredService<ObjectStore>();
        return store.CompactAsync(store.Bounds().Newest);
    }

    /// <summary>Stops and starts the server on the same data and port.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await RunAsync();
    }

    /// <summary>Stops the server; its data stays.</summary>
    public async Task StopAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.StopAsync();
            await application.DisposeAsync();
        }
    }

    /// <summary>Stops the server and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(c => c.Dispose());
        await StopAsync();
        _certificate?.Dispose();
        Directory.Delete(DataFolder, recursive: true);
    }

    private async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (_options.LogLevel != LogLevel.None)
        {
            builder.Logging.AddSimpleConsole().SetMinimumLevel(_options.LogLevel);
        }

        _certificate ??= LoopbackCertificate.LoadOrCreate(Path.Combine(DataFolder, "tls.pem"), TimeProvider.System);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Address.Port, listen => listen.UseTlsWhenAsked(_certificate)));
        builder.Services.AddApiServer(new ApiServerOptions
        {
            DataFolder = Path.Combine(DataFolder, "data"),
            Tokens = [new StaticToken(AdminToken, "test-admin", ["system:masters"]), .. _options.Tokens],
            Oidc = _options.Oidc,
            KubeletToken = _options.KubeletToken,
            TimeProvider = _options.TimeProvider,
        });
        _options.ConfigureServices?.Invoke(builder.Services);
        var application = builder.Build();
        application.MapApiServer();
        _options.ConfigureApplication?.Invoke(application);
        _application = application;
        await application.StartAsync();

        if (Address.Port == 0)
        {
            // Plain HTTP is served on the same port; the server reports the scheme of its TLS.
            var address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            Address = new Uri($"http://{address.Authority}");
            Client = CreateClient(AdminToken);
            Http = CreateHttpClient(AdminToken);
            await File.WriteAllTextAsync(KubeconfigFile, Kubeconfig());
        }
    }

    private string Kubeconfig() =>
        $$"""
        apiVersion: v1
        kind: Config
        current-context: test
        clusters:
        - name: test
          cluster: { server: "https://{{Address.Authority}}", certificate-authority-data: "{{LoopbackCertificate.AuthorityData(_certificate!)}}" }
        users:
        - name: test
          user: { token: "{{AdminToken}}" }
        contexts:
        - name: test
          context: { cluster: test, user: test }
        """;
}

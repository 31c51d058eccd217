using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Tenants;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Images;
using AeroGrid.Oci.Distribution;
using AeroGrid.Registry;
using AeroGrid.TestKit;

using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging;

namespace AeroGrid.Operator.Tests.Fixtures;

/// <summary>
/// The operator on real parts: our API server with the committed CRDs and roles, our registry, the real controllers of Deployments and
/// Jobs. Only what runs in a pod is played, by <see cref="ScriptedKubelet"/>. The operator has its own token and no rights but its role's.
/// </summary>
public sealed class PlatformFixture : IAsyncLifetime
{
    private const string OperatorToken = "operator-token-of-the-tests";
    private const string PushPassword = "push-password-of-the-tests";

    private readonly CancellationTokenSource stop = new();
    private readonly List<string> log = [];
    private OperatorHost? host;
    private Task running = Task.CompletedTask;
    private string registryFolder = "";

    public TestApiServer Server { get; private set; } = null!;

    /// <summary>A client with all rights.</summary>
    internal ResourceClient Client { get; private set; } = null!;

    internal RegistryClient Registry { get; private set; } = null!;

    internal ScriptedKubelet Kubelet { get; private set; } = null!;

    internal OperatorOptions Options { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        registryFolder = Directory.CreateTempSubdirectory("aerogrid-registry-").FullName;
        Server = await TestApiServer.StartAsync(new TestApiServerOptions
        {
            Tokens = [new StaticToken(OperatorToken, "system:aerogrid:operator", [])],
            ConfigureServices = services => services.AddRegistry(new()
            {
                Folder = registryFolder,
                Users = [new RegistryUser("push", PushPassword, MayPush: true)],
            }),
            ConfigureApplication = application => application.MapRegistry(),
            LogLevel = LogLevel.Error,
        });
        await Server.InstallAsync([.. new[] { "crds", "system", "rbac", "runtimes" }.Select(folder => Path.Combine(Tools.RepositoryRoot, "deploy", folder))]);
        Client = ResourceClient.Create(new KubernetesClientConfiguration { Host = Server.Address.ToString(), AccessToken = Server.AdminToken });

        var credential = new RegistryCredential("push", PushPassword);
        Registry = new(new()
        {
            Endpoints = new Dictionary<string, Uri> { ["registry.aerogrid.local"] = Server.Address },
            Credentials = new Dictionary<string, RegistryCredential> { ["registry.aerogrid.local"] = credential },
        });
        var images = await RuntimeImages.PushAsync(Registry, "registry.aerogrid.local");
        Options = new()
        {
            ApiServer = Server.Address,
            Token = OperatorToken,
            RegistryEndpoint = Server.Address,
            RegistryCredential = credential,
            RuntimeImages = images.Runtimes.ToDictionary(image => image.Key, image => image.Value.ToString()),
            Builder = new() { Image = images.Builder.ToString() },
            AppsUrl = new("http://localhost:8080"),
            Issuer = new(Server.Address, "identity"),
            StartTimeout = TimeSpan.FromSeconds(2),
            LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new ListLogger(log)).SetMinimumLevel(LogLevel.Information)),
        };
        Kubelet = await ScriptedKubelet.StartAsync(Client, Registry);
        await StartOperatorAsync();
        await TenantAsync("demo");
    }

    public async ValueTask DisposeAsync()
    {
        await StopOperatorAsync();
        await Kubelet.DisposeAsync();
        Registry.Dispose();
        Client.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(registryFolder, recursive: true);
        stop.Dispose();
    }

    /// <summary>What the operator logged from Information up: for the message of a test that fails.</summary>
    internal string Log
    {
        get
        {
            lock (log)
                return string.Join('\n', log);
        }
    }

    internal async Task StartOperatorAsync()
    {
        host = new(Options);
        running = host.RunAsync(stop.Token);
        await host.WaitForReadyAsync();
    }

    internal async Task StopOperatorAsync()
    {
        if (host is not { } old)
            return;
        host = null;
        await old.DisposeAsync();
        await running;
    }

    /// <summary>Makes a tenant and waits until its policies are in place.</summary>
    internal async Task<Tenant> TenantAsync(string name, TenantSpec? spec = null)
    {
        await Client.ApplyAsync(new Tenant { Metadata = new() { Name = name }, Spec = spec ?? new() }, "tests");
        return await Eventually.Async(async () =>
        {
            var tenant = await Client.GetAsync<Tenant>(null, name);
            tenant!.Status.ShouldNotBeNull(Log);
            tenant.Status.ObservedGeneration.ShouldBe(tenant.Metadata.Generation);
            tenant.Status.Conditions!.Single(condition => condition.Type == ConditionTypes.Ready).Status.ShouldBe("True", Log);
            tenant.Status.Namespace.ShouldBe(name, Log);
            return tenant;
        });
    }

    /// <summary>Saves an app.</summary>
    internal Task<App> SaveAsync(string name, AppSpec spec, string tenant = "demo") =>
        Client.ApplyAsync(new App { Metadata = new() { Name = name, NamespaceProperty = tenant }, Spec = spec }, "tests");

    /// <summary>Saves an app of one file.</summary>
    internal Task<App> SaveAsync(string name, string code, string tenant = "demo") =>
        SaveAsync(name, new AppSpec { Runtime = "python-web", Files = Some.Files(("app.py", code)) }, tenant);

    /// <summary>Waits until an app's status is about its present spec, and as the test wants it.</summary>
    internal Task<App> AppAsync(string name, Action<App> check, string tenant = "demo", TimeSpan? timeout = null) => Eventually.Async(
        async () =>
        {
            var app = await Client.GetAsync<App>(tenant, name);
            app.ShouldNotBeNull();
            app.Status.ShouldNotBeNull(Log);
            app.Status.ObservedGeneration.ShouldBe(app.Metadata.Generation);
            check(app);
            return app;
        },
        timeout);

    /// <summary>Waits for a phase.</summary>
    internal Task<App> AppAsync(string name, AppPhase phase, string tenant = "demo", TimeSpan? timeout = null) =>
        AppAsync(name, app => app.Status!.Phase.ShouldBe(phase, $"{Describe(app)}\n{Log}"), tenant, timeout);

    /// <summary>All objects of a kind that belong to an app.</summary>
    internal async Task<IReadOnlyList<T>> OfAppAsync<T>(string app, string tenant = "demo")
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        (await Client.ListAsync<T>(new ListRequest { Namespace = tenant, LabelSelector = $"{Labels.Instance}={app}" })).Items;

    /// <summary>The condition of a type.</summary>
    internal static V1Condition Condition(App app, string type) => app.Status!.Conditions!.Single(condition => condition.Type == type);

    private static string Describe(App app) => KubernetesYaml.Serialize(app.Status);

    private sealed class ListLogger(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
                lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
        }
    }
}

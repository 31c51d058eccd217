using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Gateway.Hosting;
using AeroGrid.Images;
using AeroGrid.Node;
using AeroGrid.Oci.Distribution;
using AeroGrid.Operator;
using k8s;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Cli.Up;

/// <summary>
/// The only place where the parts are put together. They meet at the API server and at the registry, over HTTP, as they do on a cluster; here
/// is only who starts when, and who may do what.
/// </summary>
internal sealed partial class PlatformParts(
    DataFolder data,
    PlatformAddresses addresses,
    Credentials credentials,
    X509Certificate2 certificate,
    ILoggerFactory loggers,
    StartupReport report)
{
    /// <summary>The registry's name in image references; clients look the address up by it.</summary>
    private const string RegistryName = "registry.aerogrid.local";

    private static readonly TimeSpan PartStopLimit = TimeSpan.FromSeconds(20);

    // Between parts it is an address, not a name to look up.
    private readonly Uri _local = new($"http://127.0.0.1:{addresses.Api.Port}/");
    private readonly PlatformReadiness _readiness = new();
    private readonly ILogger _logger = loggers.CreateLogger<PlatformParts>();

    // In the order of their start; stopped in the opposite order.
    private readonly Stack<(string Name, Func<CancellationToken, Task> Stop)> _stops = [];
    private readonly List<Task> _running = [];

    /// <summary>Starts everything; afterwards apps can be served.</summary>
    public async Task StartAsync(bool isFirstStart, CancellationToken stop)
    {
        await StartControlPlaneAsync(stop);
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = _local };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credentials.Admin);
        var manifests = new ManifestApplier(http, "aerogrid-up");
        var images = PushImagesAsync(stop);
        await new Installation(manifests).RunAsync(stop);
        report.Ready("resources", "kinds, roles and runtimes");

        // They need the kinds, and nothing of each other.
        await Task.WhenAll(StartNodeAsync(stop), StartGatewayAsync(stop), StartOperatorAsync(await images, stop));
        if (isFirstStart)
        {
            using var client = ResourceClient.Create(new KubernetesClientConfiguration { Host = _local.ToString(), AccessToken = credentials.Admin });
            await DemoTenant.CreateAsync(manifests, client, stop);
            report.Ready("tenant", "demo");
        }
    }

    /// <summary>From now on <c>/readyz</c> says that apps can be served.</summary>
    public void TellReady() => _readiness.WaitFor("");

    /// <summary>Waits until cancelled, or until a part ends that should not.</summary>
    public async Task UntilFailureAsync(CancellationToken stop)
    {
        var ended = await Task.WhenAny([.. _running, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop)]);
        await ended;
    }

    /// <summary>Stops what was started, the last first. A part that does not stop in time is left behind and said so.</summary>
    public async Task StopAsync()
    {
        _readiness.WaitFor("the platform is stopping");
        while (_stops.TryPop(out var part))
        {
            using var limit = new CancellationTokenSource(PartStopLimit, TimeProvider.System);
            try
            {
                await part.Stop(limit.Token).WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Log.TooSlow(_logger, part.Name, PartStopLimit.TotalSeconds);
            }
#pragma warning disable CA1031 // Whatever goes wrong with one part, the others are to be stopped too.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.StopFailed(_logger, e, part.Name);
            }
        }
    }

    private async Task StartControlPlaneAsync(CancellationToken stop)
    {
        var app = ControlPlane.Create(data, addresses, credentials, certificate, _readiness, loggers);
        _stops.Push(("API server", async limit =>
        {
            await app.StopAsync(limit);
            await app.DisposeAsync();
        }));
        await app.StartAsync(stop);
        report.Ready("API server", $"{addresses.Api.GetLeftPart(UriPartial.Authority)}, with registry and identity provider");
    }

    private async Task<PushedImages> PushImagesAsync(CancellationToken stop)
    {
        using var registry = new RegistryClient(new RegistryClientOptions
        {
            Endpoints = new Dictionary<string, Uri> { [RegistryName] = _local },
            Credentials = new Dictionary<string, RegistryCredential> { [RegistryName] = new(RegistryUsers.Push, credentials.RegistryPush) },
        });
        var images = await RuntimeImages.PushAsync(registry, RegistryName, cancellationToken: stop);
        report.Ready("images", string.Join(", ", images.Runtimes.Keys.Order(StringComparer.Ordinal)));
        return images;
    }

    private async Task StartNodeAsync(CancellationToken stop)
    {
        var node = new NodeAgent(new NodeOptions
        {
            DataFolder = data.Node,
            ApiServer = _local,
            Token = credentials.Node,
            KubeletToken = credentials.Kubelet,
            RegistryEndpoints = new Dictionary<string, Uri> { [RegistryName] = _local },
            RegistryCredential = new RegistryCredential(RegistryUsers.Pull, credentials.RegistryPull),
            ClosedPorts = [addresses.Api.Port, addresses.Apps.Port],
            LoggerFactory = loggers,
        });
        _stops.Push(("node", async limit =>
        {
            await node.StopAsync().WaitAsync(limit);
            await node.DisposeAsync();
        }));
        await node.StartAsync(stop);
        report.Ready("node", node.Weaknesses.Count == 0 ? "sandboxed processes" : string.Join("; ", node.Weaknesses));
    }

    private async Task StartGatewayAsync(CancellationToken stop)
    {
        var gateway = new GatewayServer(
            new GatewayOptions
            {
                ApiServer = _local,
                Token = credentials.Gateway,
                Listen = [.. Listeners.Loopback.Select(address => new IPEndPoint(address, addresses.Apps.Port))],
                AccessLogFile = Path.Combine(data.Logs, "access.log"),
            },
            loggers);
        _stops.Push(("gateway", async limit =>
        {
            await gateway.StopAsync(limit);
            await gateway.DisposeAsync();
        }));
        await gateway.StartAsync(stop);
        await gateway.WaitForReadyAsync(stop);
        report.Ready("gateway", addresses.Apps.GetLeftPart(UriPartial.Authority));
    }

    private async Task StartOperatorAsync(PushedImages images, CancellationToken stop)
    {
        var host = new OperatorHost(new OperatorOptions
        {
            ApiServer = _local,
            Token = credentials.Operator,
            Registry = RegistryName,
            RegistryEndpoint = _local,
            RegistryCredential = new RegistryCredential(RegistryUsers.Push, credentials.RegistryPush),
            RuntimeImages = images.Runtimes.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()),
            Builder = new BuilderOptions
            {
                Image = images.Builder.ToString(),
                PackageIndexUrl = PipEnvironment.IndexUrl,
                Environment = PipEnvironment.Others,
            },
            AppsUrl = addresses.Apps,
            Issuer = addresses.Issuer,
            // The lock on the data folder makes this the only operator, so it may take its own old lease over at once.
            Identity = "aerogrid-up",
            LoggerFactory = loggers,
        });
        var end = new CancellationTokenSource();
        var run = host.RunAsync(end.Token);
        _running.Add(run);
        _stops.Push(("operator", async limit =>
        {
            await end.CancelAsync();
            await run.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.DisposeAsync();
            end.Dispose();
        }));
        await Task.WhenAny(run, host.WaitForReadyAsync(stop)).Unwrap();
        report.Ready("operator", "apps, images, tenants");
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The {Part} did not stop within {Seconds} s")]
        public static partial void TooSlow(ILogger logger, string part, double seconds);

        [LoggerMessage(LogLevel.Error, "Stopping the {Part} failed")]
        public static partial void StopFailed(ILogger logger, Exception exception, string part);
    }
}

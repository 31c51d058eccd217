using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Node.Cgroups;
using AeroGrid.Node.Controllers;
using AeroGrid.Node.Images;
using AeroGrid.Node.Kubelet;
using AeroGrid.Node.Network;
using AeroGrid.Node.Sandbox;
using AeroGrid.Node.Server;
using AeroGrid.Oci.Distribution;

namespace AeroGrid.Node;

/// <summary>
/// The node of a platform on one machine: a kubelet that runs pods as sandboxed processes, and the controllers that a cluster has in its
/// controller manager and scheduler. It meets the rest of the platform in the Kubernetes API alone.
/// </summary>
public sealed partial class NodeAgent : IAsyncDisposable
{
    private const uint UserCount = 10_000;
    private const uint FirstOfUnusedUsers = 1_879_048_192;
    private const uint UserRanges = (int.MaxValue - FirstOfUnusedUsers) / UserCount;

    private readonly NodeOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private readonly SemaphoreSlim _starts;
    private ResourceClient? _client;
    private RegistryClient? _registry;
    private ControllerManager? _manager;
    private LoopbackFirewall? _firewall;
    private CgroupManager? _cgroups;
    private KubeletServer? _server;
    private PodManager? _pods;
    private NodeFolders? _folders;
    private PlatformMark? _mark;
    private DiskWatch? _disk;
    private Task _heartbeat = Task.CompletedTask;

    /// <summary>A node; nothing happens before <see cref="StartAsync"/>.</summary>
    public NodeAgent(NodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options with { DataFolder = Path.GetFullPath(options.DataFolder) };
        _logger = options.LoggerFactory.CreateLogger<NodeAgent>();
        _starts = new(Math.Max(1, options.Parallelism));
    }

    /// <summary>Whether the node is registered and runs the pods that are bound to it.</summary>
    public bool IsReady { get; private set; }

    /// <summary>What this machine lacks for full isolation, a sentence each; known after the start.</summary>
    public IReadOnlyList<string> Weaknesses { get; private set; } = [];

    /// <summary>Cleans up what a killed platform left, registers the node and begins to run pods. The API server must be there.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        // Tells the processes, cgroups and rules of this data folder from those of others on the machine.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(_options.DataFolder));
        var id = Convert.ToHexStringLower(hash.AsSpan(0, 4));
        var firstUser = _options.FirstUser ?? FirstOfUnusedUsers + (BinaryPrimitives.ReadUInt32LittleEndian(hash) % UserRanges * UserCount);
        var folders = _folders = new NodeFolders(_options.DataFolder, id);
        folders.Make();
        _mark = PlatformMark.Set(folders.Memory, folders.Root);
        var tools = new MachineTools();
        var (firstPort, lastPort) = _options.PodPorts ?? PortAllocator.RangeOfThisMachine();
        var ports = new PortAllocator(firstPort, lastPort, _options.PortRest, _options.TimeProvider);
        var images = OpenImages(folders);

        _cgroups = CgroupManager.Detect(id);
        var killed = await Leftovers.KillAsync(id, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        await CleanUpAfterOthersAsync(cancellationToken).ConfigureAwait(false);

        // The trial of the sandbox takes longest: everything else happens beside it, but for the killing, which would take it for a leftover.
        var detecting = SandboxDetection.DetectAsync(tools, folders.Root, id, tools.CanChangeUser ? firstUser : null, cancellationToken);
        await _cgroups.ClearAsync(_options.TimeProvider, cancellationToken).ConfigureAwait(false);
        if (killed > 0)
            Log.Killed(_logger, killed);

        var logs = new ContainerLogs(folders, _options.Logs, () => _pods);
        _server = await KubeletServer.StartAsync(_options.KubeletToken, logs, _options.LoggerFactory, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        (_firewall, var unprotected) = await LoopbackFirewall.SetUpAsync(
            tools, id, (firstUser, firstUser + UserCount - 1), ports, [.. _options.ClosedPorts, _server.Port], _options.LoggerFactory.CreateLogger<LoopbackFirewall>()).ConfigureAwait(false);
        var sandbox = await detecting.ConfigureAwait(false);
        Weaknesses = [.. sandbox.Weaknesses, .. unprotected is null ? [] : new[] { unprotected }, .. Unlimited(_cgroups)];
        if (Weaknesses.Count > 0)
            Log.Weak(_logger, string.Join(' ', Weaknesses));

        _client = ResourceClient.Create(
            new KubernetesClientConfiguration { Host = _options.ApiServer.ToString(), AccessToken = _options.Token },
            new() { UserAgent = "aerogrid-node", TimeProvider = _options.TimeProvider });
        _manager = new ControllerManager(_client, new() { LoggerFactory = _options.LoggerFactory, TimeProvider = _options.TimeProvider });
        var node = new NodeContext
        {
            Options = _options,
            Folders = folders,
            Client = _client,
            Events = _manager.CreateEventRecorder("kubelet"),
            Sandbox = sandbox,
            Cgroups = _cgroups,
            Images = images,
            Ports = ports,
            Users = tools.CanChangeUser ? new(firstUser, UserCount) : null,
            Firewall = _firewall,
            Starts = _starts,
            Disk = _disk = new(folders.Root, _options.TimeProvider),
            Stopped = _stopped.Token,
        };
        var pods = _manager.Informer<V1Pod>();
        ports.IsNamed = NamedPorts.In(_manager.Informer<V1EndpointSlice>());
        if (_options.Controllers is { } controllers)
            WorkloadControllers.AddTo(_manager, controllers);
        var registration = new NodeRegistration(_options, _client, _server.Port, Weaknesses);
        await registration.RegisterAsync(cancellationToken).ConfigureAwait(false);
        await _manager.StartAsync(cancellationToken).ConfigureAwait(false);
        _pods = new PodManager(node, pods);
        _pods.Start();
        _heartbeat = registration.HeartbeatAsync(_stopped.Token);
        IsReady = true;
    }

    /// <summary>Ends all pods' processes and everything else. The pods stay on the API server and run again after the next start.</summary>
    public async Task StopAsync()
    {
        if (_stopped.IsCancellationRequested)
            return;
        IsReady = false;

        // First of all nothing more is written: that processes end now is no news about the pods.
        await _stopped.CancelAsync().ConfigureAwait(false);
        if (_manager is not null)
            await _manager.StopAsync().ConfigureAwait(false);
        if (_pods is not null)
            await _pods.StopAsync().ConfigureAwait(false);
        await _heartbeat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        if (_firewall is not null)
            await _firewall.DisposeAsync().ConfigureAwait(false);
        _cgroups?.Remove();
        _folders?.RemoveMemory();
        _mark?.Dispose();
        _disk?.Dispose();
        if (_manager is not null)
            await _manager.DisposeAsync().ConfigureAwait(false);
        _client?.Dispose();
        _registry?.Dispose();
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopped.Dispose();
        _starts.Dispose();
    }

    /// <summary>Removes what dead platforms left whose data folder is gone, so that no start of theirs will do it: tests, and folders removed by hand.</summary>
    private async Task CleanUpAfterOthersAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, mark) in PlatformMark.Abandoned())
        {
            using (mark)
            {
                await Leftovers.KillAsync(id, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                await _cgroups!.ClearAsync(id, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                await LoopbackFirewall.RemoveAsync(id).ConfigureAwait(false);
                if (PlatformMark.FolderOf(id) is { } folder && Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true);
                Log.CleanedUp(_logger, id);
            }
        }
    }

    private ImageStore OpenImages(NodeFolders folders)
    {
        var credentials = _options.RegistryCredential is { } credential
            ? _options.RegistryEndpoints.Keys.ToDictionary(name => name, _ => credential, StringComparer.Ordinal)
            : [];
        _registry = new RegistryClient(
            new() { Endpoints = _options.RegistryEndpoints, Credentials = credentials, TimeProvider = _options.TimeProvider },
            _options.LoggerFactory.CreateLogger<RegistryClient>());
        var images = new ImageStore(_registry, folders.Images, _options.MaxLayerBytes, _options.TimeProvider);
        images.Open();
        return images;
    }

    private static string[] Unlimited(CgroupManager cgroups) => cgroups.Missing.Count == 0
        ? []
        : [$"Pods' use of {string.Join(" and ", cgroups.Missing)} is not limited (cgroups cannot be written)."];

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Killed {Count} processes of pods that a former run left behind; their pods start afresh")]
        public static partial void Killed(ILogger logger, int count);

        [LoggerMessage(LogLevel.Information, "Removed what the platform {Id} left behind, which was killed and whose data folder is gone")]
        public static partial void CleanedUp(ILogger logger, string id);

        [LoggerMessage(LogLevel.Warning, "This machine does not isolate pods fully: {Weaknesses}")]
        public static partial void Weak(ILogger logger, string weaknesses);
    }
}

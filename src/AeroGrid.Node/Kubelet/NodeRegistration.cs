using System.Runtime.InteropServices;

using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Node.Sandbox;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// The Node object and its Lease (Kubernetes documentation, "Nodes", "Leases"): what the machine has, that it is there, and in the condition
/// <see cref="SandboxReady"/> what it cannot do.
/// </summary>
internal sealed partial class NodeRegistration
{
    /// <summary>True when pods are isolated and limited in every way that this node knows; otherwise the message says what is missing.</summary>
    public const string SandboxReady = "SandboxReady";

    private const string LeaseNamespace = "kube-node-lease";
    private const int LeaseSeconds = 40;
    private static readonly TimeSpan RenewPeriod = TimeSpan.FromSeconds(10);

    private readonly NodeOptions _options;
    private readonly ResourceClient _client;
    private readonly int _kubeletPort;
    private readonly IReadOnlyList<string> _weaknesses;
    private readonly ILogger _logger;

    public NodeRegistration(NodeOptions options, ResourceClient client, int kubeletPort, IReadOnlyList<string> weaknesses)
    {
        (_options, _client, _kubeletPort, _weaknesses) = (options, client, kubeletPort, weaknesses);
        _logger = options.LoggerFactory.CreateLogger<NodeRegistration>();
    }

    /// <summary>Writes the Node object.</summary>
    public async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var node = await _client.GetAsync<V1Node>(new ObjectKey(_options.NodeName), cancellationToken).ConfigureAwait(false)
            ?? await _client.CreateAsync(Node(), write: null, cancellationToken).ConfigureAwait(false);
        await _client.MergePatchAsync<V1Node>(
            new(_options.NodeName), new { status = Status(node.Status?.Conditions ?? []) }, new() { Subresource = "status" }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Renews the Lease until cancelled; ends as a cancelled task does.</summary>
    public async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        var hasNamespace = false;
        while (true)
        {
            try
            {
                if (!hasNamespace)
                    await MakeNamespaceAsync(cancellationToken).ConfigureAwait(false);
                hasNamespace = true;
                await _client.ApplyAsync(Lease(), "kubelet", force: true, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException)
            {
                Log.NotRenewed(_logger, e);
            }

            await Task.Delay(RenewPeriod, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task MakeNamespaceAsync(CancellationToken cancellationToken)
    {
        if (await _client.GetAsync<V1Namespace>(new ObjectKey(LeaseNamespace), cancellationToken).ConfigureAwait(false) is not null)
            return;
        try
        {
            await _client.CreateAsync(new V1Namespace { Metadata = new() { Name = LeaseNamespace } }, write: null, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            // Someone was faster.
        }
    }

    private V1Lease Lease() => new()
    {
        Metadata = new() { Name = _options.NodeName, NamespaceProperty = LeaseNamespace },
        Spec = new() { HolderIdentity = _options.NodeName, LeaseDurationSeconds = LeaseSeconds, RenewTime = MicroTime.Now(_options.TimeProvider) },
    };

    private V1Node Node() => new()
    {
        Metadata = new()
        {
            Name = _options.NodeName,
            Labels = new Dictionary<string, string>
            {
                ["kubernetes.io/hostname"] = _options.NodeName,
                ["kubernetes.io/os"] = OperatingSystem.IsMacOS() ? "darwin" : "linux",
                ["kubernetes.io/arch"] = Architecture,
            },
        },
    };

    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private V1NodeStatus Status(IList<V1NodeCondition> before)
    {
        var resources = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = new($"{Environment.ProcessorCount}"),
            ["memory"] = new($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024}Ki"),
            ["pods"] = new("1000"),
            ["ephemeral-storage"] = new($"{new DriveInfo(_options.DataFolder).TotalSize / 1024}Ki"),
        };
        return new()
        {
            Capacity = resources,
            Allocatable = resources,
            Addresses = [new() { Type = "InternalIP", Address = "127.0.0.1" }, new() { Type = "Hostname", Address = Environment.MachineName }],
            DaemonEndpoints = new() { KubeletEndpoint = new() { Port = _kubeletPort } },
            NodeInfo = new()
            {
                Architecture = Architecture,
                OperatingSystem = OperatingSystem.IsMacOS() ? "darwin" : "linux",
                OsImage = RuntimeInformation.OSDescription,
                KernelVersion = Environment.OSVersion.Version.ToString(),
                KubeletVersion = $"v1.34.0+aerogrid.{typeof(NodeRegistration).Assembly.GetName().Version!.ToString(3)}",
                KubeProxyVersion = "",
                ContainerRuntimeVersion = $"aerogrid://{typeof(NodeRegistration).Assembly.GetName().Version!.ToString(3)}",
                BootID = ProcFile.BootId() ?? "",
                MachineID = "",
                SystemUUID = "",
            },
            Conditions =
            [
                Condition(before, "MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                Condition(before, "DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                Condition(before, "PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                Condition(before, "Ready", true, "KubeletReady", "kubelet is posting ready status"),
                _weaknesses.Count == 0
                    ? Condition(before, SandboxReady, true, "Isolated", "pods are isolated and limited")
                    : Condition(before, SandboxReady, false, "MachineLacksSupport", string.Join(' ', _weaknesses)),
            ],
        };
    }

    private V1NodeCondition Condition(IList<V1NodeCondition> before, string type, bool value, string reason, string message)
    {
        var status = value ? "True" : "False";
        var now = WholeSeconds.Of(_options.TimeProvider.GetUtcNow());
        var old = before.FirstOrDefault(condition => condition.Type == type);
        return new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastHeartbeatTime = now,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : now,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The lease of the node was not renewed")]
        public static partial void NotRenewed(ILogger logger, Exception exception);
    }
}

using AeroGrid.Node.Controllers;
using AeroGrid.Node.Logs;
using AeroGrid.Oci.Distribution;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.Node;

/// <summary>How the node of a platform on one machine works.</summary>
public sealed record NodeOptions
{
    /// <summary>Folder for unpacked images, pods and logs. It is made where it is missing, and belongs to this node alone.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Address of the API server.</summary>
    public required Uri ApiServer { get; init; }

    /// <summary>Bearer token for the API server: user <c>system:aerogrid:node</c>.</summary>
    public required string Token { get; init; }

    /// <summary>Bearer token that the API server shows when it asks for logs.</summary>
    public required string KubeletToken { get; init; }

    /// <summary>Addresses of registries by name: <c>registry.aerogrid.local</c> is <c>http://127.0.0.1:8000</c>.</summary>
    public IReadOnlyDictionary<string, Uri> RegistryEndpoints { get; init; } = new Dictionary<string, Uri>();

    /// <summary>A credential that may pull, for each of <see cref="RegistryEndpoints"/>; null for none.</summary>
    public RegistryCredential? RegistryCredential { get; init; }

    /// <summary>Name of the Node object. Fixed, so that pods find their node again when the machine is renamed. Default <c>aerogrid</c>.</summary>
    public string NodeName { get; init; } = "aerogrid";

    /// <summary>How many containers start at the same time. Default: two for each processor.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount * 2;

    /// <summary>Processes and threads of a container. Default 512.</summary>
    public long MaxProcesses { get; init; } = 512;

    /// <summary>Memory of a container that has no limit of its own, in bytes; null for none. Default 1 GiB.</summary>
    public long? DefaultMemoryBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Bytes in <c>/tmp</c> and emptyDir volumes of a pod whose containers have no <c>ephemeral-storage</c> limit; a pod over it is evicted.
    /// Default 2 GiB.
    /// </summary>
    public long DefaultStorageBytes { get; init; } = 2L << 30;

    /// <summary>Files and folders in <c>/tmp</c> and emptyDir volumes of a pod; a pod over it is evicted. Default 500,000.</summary>
    public long MaxFiles { get; init; } = 500_000;

    /// <summary>How long a change of a mounted ConfigMap or Secret takes to arrive in running pods, at most. Default 30 s.</summary>
    public TimeSpan VolumeRefreshPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of one unpacked image layer. Default 8 GiB.</summary>
    public long MaxLayerBytes { get; init; } = 8L << 30;

    /// <summary>How long an image that no container uses is kept. Default one hour.</summary>
    public TimeSpan ImageRetention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long pods may take to end when the platform stops; a pod's own grace period applies where it is shorter. Default 5 s.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// First of 10,000 user ids for pods when the platform is root. Default: chosen by the data folder from 1879048192 to 2147483647, which
    /// systemd's list of ids calls unused, so that two platforms on a machine do not share users.
    /// </summary>
    public uint? FirstUser { get; init; }

    /// <summary>First and last of the machine's ports that pods are given. Default: from 20000 up to those of outgoing connections.</summary>
    public (int First, int Last)? PodPorts { get; init; }

    /// <summary>How long the port of a pod that is gone is not given to another one after the last EndpointSlice has ceased to name it. Default 30 s.</summary>
    public TimeSpan PortRest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Loopback ports of the platform that pods must not reach; enforced as root only.</summary>
    public IReadOnlyList<int> ClosedPorts { get; init; } = [];

    /// <summary>Namespaces whose pods may reach <see cref="ClosedPorts"/>: those of builds, which push to the registry. Default <c>aerogrid-builds</c>.</summary>
    public IReadOnlyList<string> TrustedNamespaces { get; init; } = ["aerogrid-builds"];

    /// <summary>Output of containers.</summary>
    public LogOptions Logs { get; init; } = new();

    /// <summary>The built-in controllers; null runs the kubelet alone.</summary>
    public WorkloadControllerOptions? Controllers { get; init; } = new();

    /// <summary>Where logs go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.Node.Cgroups;
using AeroGrid.Node.Images;
using AeroGrid.Node.Network;
using AeroGrid.Node.Sandbox;

namespace AeroGrid.Node.Kubelet;

/// <summary>What all pods of a node share.</summary>
internal sealed record NodeContext
{
    public required NodeOptions Options { get; init; }

    public required NodeFolders Folders { get; init; }

    public required ResourceClient Client { get; init; }

    public required EventRecorder Events { get; init; }

    public required ISandbox Sandbox { get; init; }

    public required CgroupManager Cgroups { get; init; }

    public required ImageStore Images { get; init; }

    public required PortAllocator Ports { get; init; }

    /// <summary>Users for pods; null where the platform cannot change users.</summary>
    public required UserAllocator? Users { get; init; }

    /// <summary>Keeps pods away from ports that are not theirs; null where the platform may not.</summary>
    public required LoopbackFirewall? Firewall { get; init; }

    /// <summary>Tells when the disk loses room quickly.</summary>
    public required DiskWatch Disk { get; init; }

    /// <summary>Bounds how many containers start at the same time.</summary>
    public required SemaphoreSlim Starts { get; init; }

    /// <summary>Cancelled when the node has stopped: nothing is written to the API server any more.</summary>
    public required CancellationToken Stopped { get; init; }

    public TimeProvider Time => Options.TimeProvider;

    /// <summary>Ends a pod that takes more than it may, and says so in an event; one that ends already is left alone.</summary>
    public void Evict(V1Pod pod, PodEnding ending, string message)
    {
        const string Reason = "Evicted";
        if (ending.Requested.IsCancellationRequested)
            return;
        Events.Warning(pod, Reason, message);
        ending.Request(TimeSpan.Zero, new(Reason, message));
    }

    public ILogger Logger<T>() => Options.LoggerFactory.CreateLogger<T>();
}

using System.Collections.Frozen;

using AeroGrid.ControllerRuntime;
using AeroGrid.Gateway.Policies;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// A Service as destination. The object stays the same while its state is replaced as a whole, so that a change of endpoints needs no new
/// routing table and takes effect with the next request. Thread-safe.
/// </summary>
internal sealed class Backend(ObjectKey service)
{
    private volatile BackendState state = BackendState.Missing;

    /// <summary>The Service.</summary>
    public ObjectKey Service { get; } = service;

    /// <summary>Its state at this moment.</summary>
    public BackendState State
    {
        get => state;
        set => state = value;
    }
}

/// <summary>A Service and its endpoints at one moment. Immutable but for the memory of its policy.</summary>
/// <param name="Labels">What the Service selects its pods by.</param>
/// <param name="Ports">Ports by the number in the Service's spec.</param>
internal sealed record BackendState(IReadOnlyDictionary<string, string> Labels, FrozenDictionary<int, BackendPort> Ports)
{
    public static readonly BackendState Missing = new(FrozenDictionary<string, string>.Empty, FrozenDictionary<int, BackendPort>.Empty);

    private volatile PolicyMemory? policy;

    /// <summary>The port of a number, or the only one for null.</summary>
    public BackendPort? Port(int? number)
    {
        if (number is { } value)
            return Ports.GetValueOrDefault(value);
        return Ports.Count == 1 ? Ports.Values[0] : null;
    }

    /// <summary>What holds for this workload, worked out once for each state of policies.</summary>
    public WorkloadPolicy Policy(PolicySnapshot snapshot, string namespaceName)
    {
        if (policy is { } known && ReferenceEquals(known.Snapshot, snapshot))
            return known.Policy;
        var fresh = new PolicyMemory(snapshot, snapshot.For(namespaceName, Labels));
        policy = fresh;
        return fresh.Policy;
    }

    private sealed record PolicyMemory(PolicySnapshot Snapshot, WorkloadPolicy Policy);
}

/// <summary>A port of a Service.</summary>
/// <param name="IsHttp2">Whether pods speak HTTP/2 in clear text on it (gRPC does), known by <c>appProtocol</c> or the port's name as in Istio.</param>
/// <param name="WorkloadPort">The port number that policies see: <c>targetPort</c> where it is a number, otherwise the Service's.</param>
/// <param name="Endpoints">Where new requests may go: ready and not terminating.</param>
internal sealed record BackendPort(bool IsHttp2, string WorkloadPort, Endpoint[] Endpoints);

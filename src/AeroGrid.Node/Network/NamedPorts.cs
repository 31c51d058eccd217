using k8s.Models;

using AeroGrid.ControllerRuntime.Informers;

namespace AeroGrid.Node.Network;

/// <summary>The ports that EndpointSlices name: whoever reads them may send requests there, whether or not the pod still is.</summary>
internal static class NamedPorts
{
    private const string Index = "port";

    /// <summary>Tells whether a slice names a port for a pod other than the one with this uid (null: for any pod).</summary>
    public static Func<int, string?, bool> In(Informer<V1EndpointSlice> slices)
    {
        slices.AddIndex(Index, static slice => (slice.Ports ?? []).Where(port => port.Port is not null).Select(port => $"{port.Port}").Distinct());
        return (port, uid) => slices.ByIndex(Index, $"{port}").Any(slice =>
            uid is null || (slice.Endpoints ?? []).Any(endpoint => endpoint.TargetRef?.Uid != uid));
    }
}

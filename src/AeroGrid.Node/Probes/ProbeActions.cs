using k8s.Models;

using AeroGrid.Node.Kubelet;
using AeroGrid.Node.Network;

namespace AeroGrid.Node.Probes;

/// <summary>Makes the action of a probe.</summary>
internal static class ProbeActions
{
    /// <summary>The action; it is disposed with the container when it is disposable.</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="container">Whose probe it is.</param>
    /// <param name="ports">The pod's real ports.</param>
    /// <param name="exec">Runs a command in the container.</param>
    /// <param name="time">Where time comes from.</param>
    /// <exception cref="ConfigurationException">It names a port that the container does not declare, or is of a kind that this node does not have.</exception>
    public static IProbeAction Create(
        V1Probe probe,
        V1Container container,
        PodPortMap ports,
        Func<IReadOnlyList<string>, TimeSpan, CancellationToken, Task<(int? ExitCode, string Output)>> exec,
        TimeProvider time)
    {
        if (probe.HttpGet is { } http)
            return new HttpProbe(http, Port(http.Port?.Value), time);
        if (probe.TcpSocket is { } tcp)
            return new TcpProbe(Port(tcp.Port?.Value), time);
        if (probe.Exec is { } command)
            return new ExecProbe((timeout, token) => exec([.. command.Command ?? []], timeout, token));
        throw new ConfigurationException("this node has httpGet, tcpSocket and exec probes only");

        int Port(string? port) => ports.Resolve(container, port ?? "")
            ?? throw new ConfigurationException($"a probe names the port \"{port}\", which is none of the container's ports");
    }
}

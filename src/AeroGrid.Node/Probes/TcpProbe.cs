using System.Net;
using System.Net.Sockets;

namespace AeroGrid.Node.Probes;

/// <summary>Succeeds when the port accepts a connection.</summary>
internal sealed class TcpProbe(int port, TimeProvider time) : IProbeAction
{
    /// <inheritdoc/>
    public bool IsCheap => true;

    /// <inheritdoc/>
    public async Task<ProbeResult> RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), both.Token).ConfigureAwait(false);
            return ProbeResult.Success;
        }
        catch (SocketException e)
        {
            return ProbeResult.Failure($"dial tcp 127.0.0.1:{port}: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeResult.Failure($"dial tcp 127.0.0.1:{port}: no answer within {timeout.TotalSeconds:0} s");
        }
    }
}

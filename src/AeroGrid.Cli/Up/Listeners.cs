using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace AeroGrid.Cli.Up;

/// <summary>Loopback addresses to listen on, and a check that a port is free before anything is started.</summary>
internal static class Listeners
{
    /// <summary><c>127.0.0.1</c>, and <c>::1</c> where the machine has IPv6: browsers resolve localhost to either.</summary>
    public static IReadOnlyList<IPAddress> Loopback { get; } = HasIPv6() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];

    /// <summary>Makes sure that nobody listens on a port.</summary>
    /// <exception cref="StartupException">Somebody does, or the port may not be used.</exception>
    public static void RequireFree(int port, string option)
    {
        foreach (var address in Loopback)
        {
            try
            {
                using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                // As Kestrel does: connections of an earlier run in TIME_WAIT do not count.
                probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                probe.Bind(new IPEndPoint(address, port));
                probe.Listen(1);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new StartupException($"port {port} is taken by another program; choose another one with {option}", e);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
            {
                throw new StartupException($"port {port} may not be used by this user; choose one above 1023 with {option}", e);
            }
        }
    }

    /// <summary>The port to listen on: the one asked for, which must be free, or a free one for 0.</summary>
    /// <exception cref="StartupException">The port is taken, or may not be used.</exception>
    public static int Choose(int port, string option)
    {
        if (port != 0)
        {
            RequireFree(port, option);
            return port;
        }

        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private static bool HasIPv6() =>
        Socket.OSSupportsIPv6 && NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Any(a => a.Address.Equals(IPAddress.IPv6Loopback));
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AeroGrid.Node.Network;

/// <summary>
/// Gives pods ports of the machine. A port is given to one pod at a time, and one that was given back is used again as late as possible:
/// a client that still knows it must not reach another tenant's program. Ports that the system hands out to outgoing connections are left out,
/// since one of those could be taken between our choice and the program's bind. Thread-safe.
/// </summary>
internal sealed class PortAllocator
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _taken = [];
    private readonly int _first;
    private readonly int _last;
    private int _next;

    /// <summary>An allocator for a range of ports, both ends included.</summary>
    /// <param name="first">At least 1024.</param>
    /// <param name="last">At most 65535.</param>
    public PortAllocator(int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last, 65535);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        (_first, _last) = (first, last);

        // Two platforms on one machine begin at different places; each port is tried before it is given anyway.
        _next = Random.Shared.Next(first, last + 1);
    }

    /// <summary>The first port of the range.</summary>
    public int First => _first;

    /// <summary>The last port of the range.</summary>
    public int Last => _last;

    /// <summary>An allocator for the ports below those of outgoing connections, or above where that is more.</summary>
    public static PortAllocator ForThisMachine()
    {
        const int Lowest = 20000, Highest = 65000;
        var (low, high) = OutgoingPorts();
        return low - Lowest >= Highest - high ? new(Lowest, Math.Min(low - 1, Highest)) : new(Math.Max(high + 1, Lowest), Highest);
    }

    /// <summary>A free port, which is the caller's until it is given back.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public int Take()
    {
        lock (_gate)
        {
            for (var attempt = _first; attempt <= _last; attempt++)
            {
                var port = _next;
                _next = port == _last ? _first : port + 1;
                if (!_taken.Contains(port) && IsFree(port))
                {
                    _taken.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"All ports from {_first} to {_last} are in use.");
    }

    /// <summary>Gives a port back.</summary>
    public void Return(int port)
    {
        lock (_gate)
            _taken.Remove(port);
    }

    /// <summary>Whether nobody listens on a port, on any address.</summary>
    public static bool IsFree(int port)
    {
        // SO_REUSEADDR is what servers set: connections of a former server that linger do not count.
        foreach (var address in new[] { IPAddress.Any, IPAddress.IPv6Any })
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6 && !Socket.OSSupportsIPv6)
                continue;
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            try
            {
                socket.Bind(new IPEndPoint(address, port));

                // With SO_REUSEADDR two sockets may be bound to different addresses of one port: only listening tells.
                socket.Listen(1);
            }
            catch (SocketException)
            {
                return false;
            }
        }

        return true;
    }

    private static (int Low, int High) OutgoingPorts()
    {
        const string File = "/proc/sys/net/ipv4/ip_local_port_range";
        if (!System.IO.File.Exists(File))
            return (49152, 65535); // RFC 6335, and what macOS uses
        var fields = System.IO.File.ReadAllText(File).Split((char[])['\t', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return (int.Parse(fields[0], CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture));
    }
}

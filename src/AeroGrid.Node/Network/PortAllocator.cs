using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AeroGrid.Node.Network;

/// <summary>
/// Gives pods ports of the machine. A port is given to one pod at a time. Whoever still knows the port of a pod that is gone must not reach
/// another tenant's program there: so a port rests after it was given back, until no EndpointSlice names it and for a while after that, in
/// which gateways hear of it; and it is used again as late as possible. Ports that the system hands out to outgoing connections are left out,
/// since one of those could be taken between our choice and the program's bind. Thread-safe.
/// </summary>
internal sealed class PortAllocator
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _taken = [];
    private readonly Dictionary<int, long> _resting = [];
    private readonly TimeProvider _time;
    private readonly TimeSpan _rest;
    private readonly int _first;
    private readonly int _last;
    private int _next;

    /// <summary>An allocator for a range of ports, both ends included.</summary>
    /// <param name="first">At least 1024.</param>
    /// <param name="last">At most 65535.</param>
    /// <param name="rest">How long a port that nobody names any more is not given. Default 30 s.</param>
    /// <param name="time">Where time comes from.</param>
    public PortAllocator(int first, int last, TimeSpan? rest = null, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last, 65535);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        (_first, _last, _rest, _time) = (first, last, rest ?? TimeSpan.FromSeconds(30), time ?? TimeProvider.System);

        // Two platforms on one machine begin at different places; each port is tried before it is given anyway.
        _next = Random.Shared.Next(first, last + 1);
    }

    /// <summary>The first port of the range.</summary>
    public int First => _first;

    /// <summary>The last port of the range.</summary>
    public int Last => _last;

    /// <summary>Tells whether anybody may still send requests to a port, for a pod other than the one with this uid (null: for any).</summary>
    public Func<int, string?, bool> IsNamed { get; set; } = static (_, _) => false;

    /// <summary>The ports below those of outgoing connections, or above where that is more.</summary>
    public static (int First, int Last) RangeOfThisMachine()
    {
        const int Lowest = 20000, Highest = 65000;
        var (low, high) = OutgoingPorts();
        return low - Lowest >= Highest - high ? (Lowest, Math.Min(low - 1, Highest)) : (Math.Max(high + 1, Lowest), Highest);
    }

    /// <summary>A certain port, which a pod had before the platform was started again; false when it cannot have it.</summary>
    /// <param name="port">The port.</param>
    /// <param name="uid">The pod.</param>
    public bool TryTake(int port, string uid)
    {
        if (port < _first || port > _last)
            return false;
        lock (_gate)
            return !_resting.ContainsKey(port) && !IsNamed(port, uid) && IsFree(port) && _taken.Add(port);
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
                if (!_taken.Contains(port) && HasRested(port) && IsFree(port))
                {
                    _taken.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"All ports from {_first} to {_last} are in use, or were until a moment ago.");
    }

    /// <summary>Gives a port back.</summary>
    public void Return(int port)
    {
        lock (_gate)
        {
            if (_taken.Remove(port))
                _resting[port] = _time.GetTimestamp();
        }
    }

    private bool HasRested(int port)
    {
        if (IsNamed(port, null))
        {
            _resting[port] = _time.GetTimestamp();
            return false;
        }

        if (_resting.TryGetValue(port, out var since) && _time.GetElapsedTime(since) < _rest)
            return false;
        _resting.Remove(port);
        return true;
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

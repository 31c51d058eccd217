using System.Net;

namespace AeroGrid.Gateway.Ingress;

/// <summary>An address of a pod's port with what this gateway knows of it. The same object for as long as the address is in use. Thread-safe.</summary>
internal sealed class Endpoint(string address, int port)
{
    private int running;
    private long avoidedUntil;

    /// <summary><c>http://address:port</c>.</summary>
    public string Origin { get; } = address.Contains(':') ? $"http://[{address}]:{port}" : $"http://{address}:{port}";

    /// <summary>The same as an address to connect to; null when it is not an IP address.</summary>
    public IPEndPoint? Address { get; } = IPAddress.TryParse(address, out var parsed) ? new(parsed, port) : null;

    /// <summary>Requests that are being forwarded to it.</summary>
    public int Running => Volatile.Read(ref running);

    public void Begin() => Interlocked.Increment(ref running);

    public void End() => Interlocked.Decrement(ref running);

    /// <summary>It refused a connection: others are preferred until then.</summary>
    public void Avoid(DateTimeOffset until) => Volatile.Write(ref avoidedUntil, until.UtcTicks);

    /// <summary>Whether it refused a connection a short time ago.</summary>
    public bool IsAvoided(TimeProvider time) => Volatile.Read(ref avoidedUntil) is var until and not 0 && time.GetUtcNow().UtcTicks < until;
}

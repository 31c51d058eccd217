namespace AeroGrid.Gateway.Hosting;

/// <summary>Limits of a gateway. What exceeds one is answered with a problem that names it.</summary>
public sealed record GatewayLimits
{
    /// <summary>Bytes of all request headers together, names included; beyond it 431. Default 32 KiB.</summary>
    public int RequestHeadersBytes { get; init; } = 32 * 1024;

    /// <summary>Number of request headers; beyond it 431. Default 100.</summary>
    public int RequestHeaderCount { get; init; } = 100;

    /// <summary>Characters of path and query together; beyond it 414. Default 8 KiB.</summary>
    public int RequestTargetLength { get; init; } = 8 * 1024;

    /// <summary>Bytes of a request body; beyond it 413. Streams of gRPC messages are not bounded. Default 100 MB.</summary>
    public long RequestBodyBytes { get; init; } = 100_000_000;

    /// <summary>Time for all headers of a request to arrive. Default 15 s.</summary>
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an idle connection of a client is kept. Default 75 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Upgraded connections (WebSocket) at a time; beyond it 503. Default 10,000.</summary>
    public int UpgradedConnections { get; init; } = 10_000;

    /// <summary>Connections of clients at a time; null for as many as the machine allows. Default null.</summary>
    public long? Connections { get; init; }

    /// <summary>
    /// How long neither side of a forwarded request may send anything before it is given up. Long, since event streams and WebSockets may be
    /// silent for good reasons. Default 1 hour.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long connecting to an app may take before another of its endpoints is tried. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Validated tokens that are remembered for each issuer. Default 10,000.</summary>
    public int CachedTokens { get; init; } = 10_000;
}

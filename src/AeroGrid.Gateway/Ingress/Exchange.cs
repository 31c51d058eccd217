using System.Net;

using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Observability;

namespace AeroGrid.Gateway.Ingress;

/// <summary>What the gateway has found out about a request, for forwarding, logs and metrics. One request, one flow.</summary>
internal sealed class Exchange
{
    /// <summary>The normalized path.</summary>
    public string Path { get; set; } = "";

    /// <summary>The query with its question mark.</summary>
    public string Query { get; set; } = "";

    /// <summary>The trace the request belongs to.</summary>
    public TraceContext Trace { get; set; }

    /// <summary>The route; null when there is none.</summary>
    public Route? Route { get; set; }

    /// <summary>The chosen destination.</summary>
    public WeightedDestination? Destination { get; set; }

    /// <summary>The path that the app gets.</summary>
    public string ForwardedPath { get; set; } = "";

    /// <summary>The prefix that was taken off the path.</summary>
    public string RemovedPrefix { get; set; } = "";

    /// <summary>Who asks.</summary>
    public TokenIdentity? Identity { get; set; }

    /// <summary>The header with the token, which does not reach the app.</summary>
    public string? ConsumedHeader { get; set; }

    /// <summary>Whether the app's port speaks HTTP/2.</summary>
    public bool IsHttp2 { get; set; }

    /// <summary>Where the request goes in this attempt.</summary>
    public Endpoint? Endpoint { get; set; }

    /// <summary>The slug of the problem that the gateway answered with; null when the app answered.</summary>
    public string? Problem { get; set; }

    /// <summary>Counts the answer's bytes when its length was not announced.</summary>
    public CountingBody? CountedBytes { get; set; }

    /// <summary>Bytes of the answer's body when it was forwarded directly and its length was not announced.</summary>
    public long? StreamedBytes { get; set; }

    /// <summary>The client's address.</summary>
    public IPAddress? Client { get; set; }
}

using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>Kinds of events of a subscription.</summary>
internal enum EventKind
{
    Snapshot,
    Changes,
    Heartbeat,
    Status,
}

/// <summary>The way to one subscriber. Sending completes when the transport has taken the event into a bounded buffer.</summary>
internal interface ISubscriberChannel
{
    /// <summary>For metrics: <c>grpc</c>, <c>sse</c>, <c>websocket</c>.</summary>
    string Transport { get; }

    /// <summary>Names the form of the bytes, so that subscribers with the same form share them.</summary>
    EventFormat Format { get; }

    /// <summary>Sends an event as its encoder wrote it.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="body">The bytes; they stay as they are for ever.</param>
    /// <param name="resumeAt">Where a client that got it can go on; null where it can not.</param>
    /// <param name="forgets">The client forgets all it had, so that earlier positions are worth nothing to it.</param>
    /// <param name="cancellationToken">Ends the wait for a client that does not read.</param>
    ValueTask SendAsync(EventKind kind, ReadOnlyMemory<byte> body, GridPosition? resumeAt, bool forgets, CancellationToken cancellationToken);
}

/// <summary>The two forms of events.</summary>
internal enum EventFormat
{
    Protobuf,
    Json,
}

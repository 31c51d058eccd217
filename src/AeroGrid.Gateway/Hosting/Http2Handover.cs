using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;

using AeroGrid.Gateway.Auth;

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace AeroGrid.Gateway.Hosting;

/// <summary>
/// HTTP/1.1 and HTTP/2 with prior knowledge on one clear-text port. Kestrel decides the protocol of an endpoint when it starts, so there are
/// two endpoints: the real one speaks HTTP/1.1, and connections that begin with HTTP/2's preface are handed over, as they are and
/// unread, to a second endpoint of the same server that listens on nothing but this handover and speaks HTTP/2.
/// <code>
/// socket --> first bytes? --other--------------------> Kestrel, HTTP/1.1
///                |
///                +--"PRI * HTTP/2.0"--> AcceptAsync --> Kestrel, HTTP/2
/// </code>
/// </summary>
internal sealed class Http2Handover(TimeProvider time, TimeSpan firstBytesTimeout) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly Channel<ConnectionContext> waiting = Channel.CreateUnbounded<ConnectionContext>();

    /// <summary>Start of the connection preface (RFC 9113 section 3.4); no HTTP/1.1 request can begin with it.</summary>
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n"u8;

    /// <summary>The address of the second endpoint.</summary>
    public EndPoint EndPoint { get; } = new HandoverEndPoint();

    /// <inheritdoc />
    public bool CanBind(EndPoint endpoint) => endpoint is HandoverEndPoint;

    /// <inheritdoc />
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener(endpoint, waiting));

    /// <summary>Connection middleware of the real endpoint.</summary>
    public ConnectionDelegate Route(ConnectionDelegate http1) => async connection =>
    {
        connection.Features.Set(new TokenMemory());
        switch (await SpeaksHttp2Async(connection).ConfigureAwait(false))
        {
            case true:
                var handed = new HandedOverConnection(connection);
                if (waiting.Writer.TryWrite(handed))
                    await handed.Finished.ConfigureAwait(false);
                break;
            case false:
                await http1(connection).ConfigureAwait(false);
                break;
            case null:
                connection.Abort(new ConnectionAbortedException("The client sent nothing in time."));
                break;
        }
    };

    /// <returns>Null when the client sends nothing, or not enough to tell, in time.</returns>
    private async ValueTask<bool?> SpeaksHttp2Async(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        if (!input.TryRead(out var result))
        {
            using var limit = new CancellationTokenSource(firstBytesTimeout, time);
            using var closed = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, connection.ConnectionClosed);
            try
            {
                result = await input.ReadAsync(closed.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        while (true)
        {
            var decision = Decide(result.Buffer);

            // Nothing is consumed: whoever serves the connection reads it from its first byte.
            if (decision is not null || result.IsCompleted)
            {
                input.AdvanceTo(result.Buffer.Start);
                return decision ?? false;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            using var limit = new CancellationTokenSource(firstBytesTimeout, time);
            try
            {
                result = await input.ReadAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    /// <returns>Null when more bytes are needed.</returns>
    internal static bool? Decide(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty)
            return null;
        var length = (int)Math.Min(buffer.Length, Preface.Length);
        Span<byte> start = stackalloc byte[Preface.Length];
        buffer.Slice(0, length).CopyTo(start);
        if (!start[..length].SequenceEqual(Preface[..length]))
            return false;
        return length == Preface.Length ? true : null;
    }

    private sealed class HandoverEndPoint : EndPoint
    {
        public override string ToString() => "http2-prior-knowledge";
    }

    private sealed class Listener(EndPoint endpoint, Channel<ConnectionContext> waiting) : IConnectionListener
    {
        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await waiting.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (waiting.Reader.TryRead(out var connection))
                    return connection;
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            waiting.Writer.TryComplete();
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }

    /// <summary>
    /// The same connection for a second time: bytes and lifetime are the original's, but what the server attaches to it (heartbeat, metrics, its own
    /// shutdown) must not replace what it attached the first time.
    /// </summary>
    private sealed class HandedOverConnection(ConnectionContext inner) : ConnectionContext
    {
        private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Finished => finished.Task;

        public override string ConnectionId
        {
            get => inner.ConnectionId;
            set => inner.ConnectionId = value;
        }

        public override IFeatureCollection Features { get; } = new FeatureCollection(inner.Features);

        public override IDictionary<object, object?> Items
        {
            get => inner.Items;
            set => inner.Items = value;
        }

        public override IDuplexPipe Transport
        {
            get => inner.Transport;
            set => inner.Transport = value;
        }

        public override EndPoint? LocalEndPoint
        {
            get => inner.LocalEndPoint;
            set => inner.LocalEndPoint = value;
        }

        public override EndPoint? RemoteEndPoint
        {
            get => inner.RemoteEndPoint;
            set => inner.RemoteEndPoint = value;
        }

        public override CancellationToken ConnectionClosed
        {
            get => inner.ConnectionClosed;
            set => inner.ConnectionClosed = value;
        }

        public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

        public override ValueTask DisposeAsync()
        {
            finished.TrySetResult();
            return base.DisposeAsync();
        }
    }
}

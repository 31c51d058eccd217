using System.Net.WebSockets;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>The events of server-sent events as text messages of a WebSocket.</summary>
internal sealed class WebSocketChannel(WebSocket socket) : ISubscriberChannel
{
    public string Transport => "websocket";

    public EventFormat Format => EventFormat.Json;

    public ValueTask SendAsync(EventKind kind, ReadOnlyMemory<byte> body, GridPosition? resumeAt, bool forgets, CancellationToken cancellationToken) =>
        socket.SendAsync(body, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>Completes when the client closes or is lost. What it says otherwise is ignored: there is nothing to say.</summary>
    public async Task ClientEndsAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[128];
        try
        {
            while ((await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken)).MessageType != WebSocketMessageType.Close)
            {
                // read on
            }
        }
        catch (WebSocketException)
        {
            // It is gone without a word, which is an end as well.
        }
    }
}

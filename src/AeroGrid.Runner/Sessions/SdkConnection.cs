using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

using AeroGrid.Runner.Protocol;

namespace AeroGrid.Runner.Sessions;

/// <summary>
/// The socket to the app's Python. What is sent waits in a queue, which the windows of the streams keep short, so that nobody waits for an app that
/// does not read. Sending is thread-safe; reading is for one task.
/// </summary>
internal sealed class SdkConnection : IAsyncDisposable
{
    private readonly NetworkStream stream;
    private readonly FrameReader reader;
    private readonly Channel<ArraySegment<byte>> queue = Channel.CreateUnbounded<ArraySegment<byte>>(new() { SingleReader = true });
    private readonly CancellationTokenSource closed = new();
    private readonly Task writing;

    public SdkConnection(Socket socket)
    {
        stream = new NetworkStream(socket, ownsSocket: true);
        reader = new FrameReader(stream);
        writing = WriteAsync();
    }

    /// <summary>The next frame, good until the next call; null when the app has closed the connection.</summary>
    /// <exception cref="ProtocolException">It is not a frame.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (IOException)
        {
            // kill -9 resets the connection; why the process ended is known from the process.
            return null;
        }
    }

    /// <summary>Sends a frame in an array of the shared pool, which goes back there.</summary>
    public void Send(ArraySegment<byte> frame) => queue.Writer.TryWrite(frame);

    public void SendWelcome() => Send(Frame(static writer =>
    {
        writer.WriteString("type"u8, "welcome"u8);
        writer.WriteNumber("protocol"u8, HelloParser.ProtocolVersion);
    }));

    public void SendStop(string reason) => Send(Frame(writer =>
    {
        writer.WriteString("type"u8, "stop"u8);
        writer.WriteString("reason"u8, reason);
    }));

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await closed.CancelAsync();
        await stream.DisposeAsync();
        await writing;
        closed.Dispose();
    }

    private static ArraySegment<byte> Frame(Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        var frame = ArrayPool<byte>.Shared.Rent(4 + body.WrittenCount);
        BinaryPrimitives.WriteInt32BigEndian(frame, body.WrittenCount);
        body.WrittenSpan.CopyTo(frame.AsSpan(4));
        return new ArraySegment<byte>(frame, 0, 4 + body.WrittenCount);
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var frame in queue.Reader.ReadAllAsync(closed.Token))
            {
                await stream.WriteAsync(frame, closed.Token);
                ArrayPool<byte>.Shared.Return(frame.Array!);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The app is gone; the reading side tells so.
            queue.Writer.TryComplete();
        }
    }
}

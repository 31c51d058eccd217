using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>
/// An HTTP/1.1 connection to an app with what has been read and not been used yet. One request at a time; only <see cref="Abort"/> may be called from
/// elsewhere, and ends whatever waits.
/// </summary>
internal sealed class UpstreamConnection : IDisposable
{
    private const int FirstBufferBytes = 8 * 1024;

    /// <summary>An answer that fills the buffer again and again gets a larger one.</summary>
    private const int LargeBufferBytes = 64 * 1024;

    private readonly Socket socket;
    private readonly TimeProvider time;
    private readonly IdleWatch watch;
    private byte[] buffer = new byte[FirstBufferBytes];
    private int start;
    private int end;
    private bool isFilled;
    private volatile bool aborted;

    private UpstreamConnection(Socket socket, TimeProvider time, TimeSpan idleTimeout)
    {
        (this.socket, this.time) = (socket, time);
        watch = new IdleWatch(this, time, idleTimeout);
    }

    /// <summary>Where requests are written before they are sent.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new(1024);

    /// <summary>What has been read and not been used.</summary>
    public ReadOnlySpan<byte> Unread => buffer.AsSpan(start, end - start);

    /// <summary>Whether the connection carried an answer before, so that the app may have closed it meanwhile.</summary>
    public bool IsReused { get; private set; }

    /// <summary>Whether neither side sent anything for the time that this connection may be silent.</summary>
    public bool IsTimedOut => watch.HasExpired;

    /// <summary>When the last answer ended, as a timestamp of the time provider.</summary>
    public long IdleSince { get; private set; }

    /// <exception cref="SocketException">The app refused, or cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async ValueTask<UpstreamConnection> ConnectAsync(
        IPEndPoint address, TimeProvider time, TimeSpan idleTimeout, CancellationToken cancellationToken)
    {
        var connecting = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await connecting.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new(connecting, time, idleTimeout);
        }
        catch
        {
            connecting.Dispose();
            throw;
        }
    }

    /// <summary>Begins a request: the time of silence counts from now.</summary>
    public void Begin()
    {
        Output.ResetWrittenCount();
        watch.Begin();
    }

    /// <summary>Sends <see cref="Output"/>.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public async ValueTask SendAsync()
    {
        var rest = Output.WrittenMemory;
        while (rest.Length > 0)
            rest = rest[await socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false)..];
        watch.Touch();
    }

    /// <summary>Reads more bytes behind <see cref="Unread"/>.</summary>
    /// <param name="limit">How many unread bytes there may be.</param>
    /// <returns>False at the end of the connection.</returns>
    /// <exception cref="InvalidDataException">There are as many unread bytes as there may be.</exception>
    /// <exception cref="SocketException">The connection is broken.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(int limit)
    {
        MakeRoom(limit);
        var room = buffer.AsMemory(end);
        var read = await socket.ReceiveAsync(room, SocketFlags.None).ConfigureAwait(false);
        end += read;
        watch.Touch();
        isFilled = read == room.Length;
        return read > 0;
    }

    /// <summary>Takes bytes off <see cref="Unread"/>.</summary>
    public void Use(int count) => start += count;

    /// <summary>Ends a request whose answer was read to its end.</summary>
    public void End()
    {
        watch.End();
        IsReused = true;
        IdleSince = time.GetTimestamp();
    }

    /// <summary>
    /// Whether an idle connection can take a request. One on which something arrived cannot: it is the end, or bytes that nobody asked for, which the
    /// next client would get as its answer (RFC 9112 section 9.2).
    /// </summary>
    public bool IsUsable()
    {
        if (aborted || start != end)
            return false;
        try
        {
            return !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Ends the connection at once, from any thread.</summary>
    public void Abort()
    {
        aborted = true;
        socket.Dispose();
    }

    public void Dispose()
    {
        Abort();
        watch.Dispose();
    }

    private void MakeRoom(int limit)
    {
        var length = end - start;
        if (length >= limit)
            throw new InvalidDataException($"The app sent more than {limit} bytes where a line or the headers should have ended.");
        if (start > 0)
        {
            Buffer.BlockCopy(buffer, start, buffer, 0, length);
            (start, end) = (0, length);
        }

        if (end == buffer.Length || (isFilled && buffer.Length < LargeBufferBytes))
            Array.Resize(ref buffer, buffer.Length * 2);
    }
}

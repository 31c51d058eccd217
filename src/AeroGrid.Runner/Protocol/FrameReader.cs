using System.Buffers.Binary;

namespace AeroGrid.Runner.Protocol;

/// <summary>Reads frames: a length in four bytes and as many bytes of JSON. Used by one task.</summary>
internal sealed class FrameReader(Stream stream)
{
    /// <summary>Bytes of the longest frame.</summary>
    public const int LongestFrame = 64 * 1024 * 1024;

    private const int SmallBuffer = 64 * 1024;

    private byte[] buffer = new byte[SmallBuffer];
    private int start;
    private int end;

    /// <summary>The next frame, which is good until the next call; null when the connection has ended between two.</summary>
    /// <exception cref="ProtocolException">The length is not allowed, or the connection ended inside a frame.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(4, cancellationToken))
            return end == start ? null : throw new ProtocolException("the connection ended inside a frame");
        var length = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start));
        if (length is 0 or > LongestFrame)
            throw new ProtocolException($"a frame of {length} bytes; 1 to {LongestFrame} are allowed");
        start += 4;
        if (!await FillAsync((int)length, cancellationToken))
            throw new ProtocolException("the connection ended inside a frame");
        var frame = buffer.AsMemory(start, (int)length);
        start += (int)length;
        return frame;
    }

    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        while (end - start < count)
        {
            MakeRoom(count);
            var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
            if (read == 0)
                return false;
            end += read;
        }

        return true;
    }

    private void MakeRoom(int count)
    {
        if (start + count <= buffer.Length && end < buffer.Length)
            return;

        // It grows only as data arrives, so that a length alone costs nothing; and a large one is given back.
        var pending = end - start;
        var wanted = Math.Max(SmallBuffer, Math.Min(count, Math.Max(2 * pending, SmallBuffer)));
        var target = wanted == buffer.Length ? buffer : new byte[wanted];
        Buffer.BlockCopy(buffer, start, target, 0, pending);
        (buffer, start, end) = (target, 0, pending);
    }
}

using System.Buffers;
using System.Text;

namespace AeroGrid.Runner.Serving;

/// <summary>A growing array of bytes that encoders write into and use again.</summary>
internal sealed class ByteBuffer : IBufferWriter<byte>
{
    /// <summary>A larger one is not kept for the next use.</summary>
    private const int LargestKept = 256 * 1024;

    private byte[] array = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => array.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => array.AsMemory(0, Length);

    public void Clear()
    {
        Length = 0;
        if (array.Length > LargestKept)
            array = new byte[1024];
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    public void WriteByte(byte value)
    {
        GetSpan(1)[0] = value;
        Length++;
    }

    public void WriteUtf8(string text, int byteCount)
    {
        Encoding.UTF8.GetBytes(text, GetSpan(byteCount));
        Length += byteCount;
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return array.AsSpan(Length);
    }

    private void Grow(int size)
    {
        size = Math.Max(size, 1);
        if (array.Length - Length < size)
            Array.Resize(ref array, Math.Max(array.Length * 2, Length + size));
    }
}

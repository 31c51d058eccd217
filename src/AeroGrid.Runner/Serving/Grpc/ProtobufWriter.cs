using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace AeroGrid.Runner.Serving.Grpc;

/// <summary>Fields in the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding).</summary>
internal static class ProtobufWriter
{
    public static int VarintSize(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static void WriteVarint(this ByteBuffer buffer, ulong value)
    {
        var span = buffer.GetSpan(10);
        var count = 0;
        while (value >= 0x80)
        {
            span[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[count++] = (byte)value;
        buffer.Advance(count);
    }

    /// <summary>The key of a field; types: 0 varint, 1 64 bits, 2 with a length.</summary>
    public static void WriteTag(this ByteBuffer buffer, int field, int type) => buffer.WriteVarint((ulong)((field << 3) | type));

    public static void WriteInt(this ByteBuffer buffer, int field, long value)
    {
        if (value == 0)
            return;
        buffer.WriteTag(field, 0);
        buffer.WriteVarint((ulong)value);
    }

    public static void WriteDouble(this ByteBuffer buffer, int field, double value)
    {
        buffer.WriteTag(field, 1);
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    /// <summary>A string, also an empty one, as members of a oneof and elements of a list need.</summary>
    public static void WriteText(this ByteBuffer buffer, int field, string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        buffer.WriteTag(field, 2);
        buffer.WriteVarint((ulong)count);
        buffer.WriteUtf8(text, count);
    }

    public static int TextSize(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        return 1 + VarintSize((ulong)count) + count;
    }

    public static void WriteMessage(this ByteBuffer buffer, int field, ReadOnlySpan<byte> message)
    {
        buffer.WriteTag(field, 2);
        buffer.WriteVarint((ulong)message.Length);
        buffer.Write(message);
    }
}

using System.Buffers.Binary;
using System.Text;
using AeroGrid.ApiServer.Errors;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>Reads the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/) from hostile bytes.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The next field.</summary>
    public (int Number, WireType Type) ReadTag()
    {
        var tag = ReadVarint();
        return tag >> 3 is > 0 and < int.MaxValue ? ((int)(tag >> 3), (WireType)(tag & 7)) : throw Malformed();
    }

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw Malformed();
    }

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw Malformed();
    }

    public string ReadText() => ToText(ReadBytes());

    public void Skip(WireType type)
    {
        switch (type)
        {
            case WireType.Varint:
                ReadVarint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Bytes:
                ReadBytes();
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                throw Malformed();
        }
    }

    public static string ToText(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw Malformed();
        }
    }

    public static ApiException Malformed() => ApiException.BadRequest("the body is not a valid protobuf encoding of a Kubernetes object; send JSON or YAML instead");

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw Malformed();
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

/// <summary>How the bytes of a field are laid out.</summary>
internal enum WireType
{
    /// <summary>Integers and booleans.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>Texts, bytes, messages: length first.</summary>
    Bytes = 2,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}

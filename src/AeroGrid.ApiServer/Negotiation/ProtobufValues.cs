using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>Messages of Kubernetes that are single values in JSON.</summary>
internal static class ProtobufValues
{
    public static JsonNode? ReadTime(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        var (seconds, nanos) = (0L, 0L);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            switch (number, wire)
            {
                case (1, WireType.Varint):
                    seconds = (long)reader.ReadVarint();
                    break;
                case (2, WireType.Varint):
                    nanos = (long)reader.ReadVarint();
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        if (bytes.IsEmpty)
        {
            return null;
        }

        if (seconds is < -62135596800 or > 253402300799 || nanos is < 0 or > 999_999_999)
        {
            throw ProtobufReader.Malformed();
        }

        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100);
        return JsonValue.Create(time.ToString(nanos == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
    }

    public static JsonValue ReadQuantity(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        var text = "0";
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            if (number == 1 && wire == WireType.Bytes)
            {
                text = reader.ReadText();
            }
            else
            {
                reader.Skip(wire);
            }
        }

        return JsonValue.Create(text);
    }

    public static JsonNode? ReadIntOrString(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        var (isText, number, text) = (false, 0, "");
        while (!reader.IsAtEnd)
        {
            var (field, wire) = reader.ReadTag();
            switch (field, wire)
            {
                case (1, WireType.Varint):
                    isText = reader.ReadVarint() == 1;
                    break;
                case (2, WireType.Varint):
                    number = (int)reader.ReadVarint();
                    break;
                case (3, WireType.Bytes):
                    text = reader.ReadText();
                    break;
                default:
                    reader.Skip(wire);
                    break;
            }
        }

        return isText ? JsonValue.Create(text) : JsonValue.Create(number);
    }

    // RawExtension, FieldsV1: JSON in field 1.
    public static JsonNode? ReadRaw(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (!reader.IsAtEnd)
        {
            var (number, wire) = reader.ReadTag();
            if (number != 1 || wire != WireType.Bytes)
            {
                reader.Skip(wire);
                continue;
            }

            try
            {
                return JsonNode.Parse(reader.ReadBytes());
            }
            catch (JsonException)
            {
                throw ProtobufReader.Malformed();
            }
        }

        return null;
    }
}

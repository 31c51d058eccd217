using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

using AeroGrid.Runner.Protocol;

using Confluent.Kafka;

using ValueType = AeroGrid.Runner.Protocol.ValueType;

namespace AeroGrid.Runner.Kafka;

/// <summary>Puts keys and values of records into the form in which the app gets them. The seam for more formats: Avro, Protobuf.</summary>
internal sealed class RecordFormat(TopicDefinition topic)
{
    /// <summary>Larger records would not fit into a frame once they are escaped.</summary>
    public const int LargestValue = 10 * 1024 * 1024;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 200 };

    /// <summary>Why a record cannot be given to the app, and whether it is the key or the value; null when it can.</summary>
    public (string Message, string Field)? FindProblem(ConsumeResult<byte[]?, byte[]?> record)
    {
        if (record.Message.Key is { } key)
        {
            if (key.Length > LargestValue)
                return ($"a key of {key.Length} bytes is too large", "key");
            if (ProblemOfKey(key) is { } problem)
                return (problem, "key");
        }

        if (record.Message.Value is not { } value)
            return null;
        if (value.Length > LargestValue)
            return ($"a value of {value.Length} bytes; at most {LargestValue} can be read", "value");
        return topic.Value != ValueType.Bytes && !Utf8.IsValid(value) ? ("the value is not UTF-8", "value") : null;
    }

    public void WriteKey(Utf8JsonWriter writer, byte[]? key)
    {
        if (key is null)
        {
            writer.WriteNullValue();
            return;
        }

        switch (topic.Key)
        {
            case KeyType.Text:
                writer.WriteStringValue(key);
                break;
            case KeyType.Bytes:
                writer.WriteBase64StringValue(key);
                break;
            case KeyType.Json:
                writer.WriteRawValue(key, skipInputValidation: true);
                break;
            default:
                WriteInteger(writer, key);
                break;
        }
    }

    /// <summary>Writes a value.</summary>
    /// <returns>False when it is a text that is not JSON where JSON is wanted; null was written.</returns>
    public bool WriteValue(Utf8JsonWriter writer, byte[]? value)
    {
        if (value is null)
        {
            writer.WriteNullValue();
            return true;
        }

        switch (topic.Value)
        {
            case ValueType.Text:
                writer.WriteStringValue(value);
                return true;
            case ValueType.Bytes:
                writer.WriteBase64StringValue(value);
                return true;
            default:
                var isJson = IsJson(value);
                if (isJson)
                    writer.WriteRawValue(value, skipInputValidation: true);
                else
                    writer.WriteNullValue();
                return isJson;
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, Strict);
            while (reader.Read())
            {
                // Reading is the test.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private string? ProblemOfKey(byte[] key) => topic.Key switch
    {
        KeyType.Bytes => null,
        KeyType.Int => IsDecimal(key) || key.Length is 4 or 8 ? null : "the key is not a whole number",
        _ when !Utf8.IsValid(key) => "the key is not UTF-8",
        KeyType.Json when !IsJson(key) => "the key is not JSON",
        _ => null,
    };

    /// <summary>Whole numbers as text come first: four digits could be four bytes as well, but hardly anybody has such numbers.</summary>
    private static bool IsDecimal(ReadOnlySpan<byte> key)
    {
        var digits = key is [(byte)'-', ..] ? key[1..] : key;
        return digits.Length is > 0 and <= 1000 && digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }

    private static void WriteInteger(Utf8JsonWriter writer, byte[] key)
    {
        if (!IsDecimal(key))
            writer.WriteNumberValue(key.Length == 4 ? BinaryPrimitives.ReadInt32BigEndian(key) : BinaryPrimitives.ReadInt64BigEndian(key));
        else if (long.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            writer.WriteNumberValue(number);
        else
            writer.WriteRawValue(BigInteger.Parse(Encoding.ASCII.GetString(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));
    }
}

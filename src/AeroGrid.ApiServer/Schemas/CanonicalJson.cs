using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>One text for all spellings of a JSON value: fields sorted, whole numbers without a fraction. Used as key in sets.</summary>
internal static class CanonicalJson
{
    /// <summary>The canonical text of a value.</summary>
    public static string Of(JsonNode? value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, value);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case JsonObject obj:
                writer.WriteStartObject();
                foreach (var (name, child) in obj.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(name);
                    Write(writer, child);
                }

                writer.WriteEndObject();
                break;
            case JsonArray array:
                writer.WriteStartArray();
                foreach (var element in array)
                {
                    Write(writer, element);
                }

                writer.WriteEndArray();
                break;
            default:
                if (value.AsInteger() is { } integer)
                {
                    writer.WriteNumberValue(integer);
                }
                else
                {
                    value.WriteTo(writer);
                }

                break;
        }
    }
}

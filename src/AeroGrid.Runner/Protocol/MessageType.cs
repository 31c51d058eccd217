using System.Text.Json;

namespace AeroGrid.Runner.Protocol;

/// <summary>Finds out what a frame is before it is read as that.</summary>
internal static class MessageType
{
    /// <exception cref="ProtocolException">It is not an object of JSON with a type.</exception>
    public static string Of(ReadOnlySpan<byte> frame)
    {
        string? type = null;
        try
        {
            var reader = new Utf8JsonReader(frame);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new ProtocolException("a frame that is not a JSON object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (!isType)
                {
                    reader.Skip();
                    continue;
                }

                type = reader.TokenType == JsonTokenType.String ? JsonText.Decode(ref reader) : null;
                break;
            }
        }
        catch (JsonException e)
        {
            throw new ProtocolException($"a frame that is not JSON: {e.Message}");
        }

        return type ?? throw new ProtocolException("a frame without a type");
    }
}

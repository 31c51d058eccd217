using System.Text.Json;
using System.Text.Json.Serialization;

namespace AeroGrid.Client.Resources;

/// <summary>Quantities, which the API writes as text (<c>500m</c>, <c>64Mi</c>) or as a whole number: both are text here. Thread-safe.</summary>
internal sealed class QuantityConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number
            ? System.Text.Encoding.UTF8.GetString(reader.HasValueSequence ? System.Buffers.BuffersExtensions.ToArray(reader.ValueSequence) : reader.ValueSpan)
            : reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

using System.Text.Json;

namespace AeroGrid.Runner.Protocol;

/// <summary>Fields of small messages, checked.</summary>
internal static class JsonFields
{
    /// <exception cref="ProtocolException">It is not there or not a text.</exception>
    public static string Text(this JsonElement element, string field) =>
        element.OptionalText(field) ?? throw new ProtocolException($"{field} must be a text");

    public static string? OptionalText(this JsonElement element, string field)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new ProtocolException($"{field} is wanted in an object");
        if (!element.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? JsonText.Decode(value) : throw new ProtocolException($"{field} must be a text");
    }

    public static long Integer(this JsonElement element, string field, long least, long most)
    {
        if (!element.TryGetProperty(field, out var value) || value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number) || number < least || number > most)
            throw new ProtocolException($"{field} must be a whole number from {least} to {most}");
        return number;
    }

    /// <summary>A number of seconds; 0 when it is not there.</summary>
    public static double Seconds(this JsonElement element, string field)
    {
        if (!element.TryGetProperty(field, out var value))
            return 0;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number) || number < 0)
            throw new ProtocolException($"{field} must be a number of seconds");
        return number;
    }
}

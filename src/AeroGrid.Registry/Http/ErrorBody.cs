using System.Buffers;
using System.Text.Json;

namespace AeroGrid.Registry.Http;

/// <summary>The body of an error: <c>{"errors":[{"code":…,"message":…}]}</c>.</summary>
internal static class ErrorBody
{
    public static ReadOnlyMemory<byte> Write(RegistryProblem problem)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteStartArray("errors");
        json.WriteStartObject();
        json.WriteString("code", problem.Code);
        json.WriteString("message", problem.Message);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using AeroGrid.ApiServer.Errors;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>A decoded body.</summary>
/// <param name="Node">The JSON value; of fields that occur twice the last one, as in Kubernetes.</param>
/// <param name="Duplicates">Paths of fields that occur twice.</param>
internal sealed record DecodedBody(JsonNode? Node, IReadOnlyList<string> Duplicates);

/// <summary>Decodes JSON from people and programs: tells duplicates, lines, and never fails later on.</summary>
internal static class JsonBody
{
    private const int MaxDepth = 200;

    private static readonly JsonDocumentOptions Unique = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    /// <summary>Decodes UTF-8 JSON.</summary>
    /// <exception cref="ApiException">400, with the line.</exception>
    public static DecodedBody Decode(ReadOnlySpan<byte> json)
    {
        if (json.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        if (!Utf8.IsValid(json))
        {
            throw ApiException.BadRequest("the body is not valid UTF-8: send JSON or YAML in UTF-8");
        }

        if (!MayHoldLoneSurrogate(json))
        {
            try
            {
                return new DecodedBody(JsonNode.Parse(json, documentOptions: Unique), []);
            }
            catch (JsonException)
            {
                // Malformed, or a field occurs twice: the careful way tells which.
            }
        }

        return DecodeCarefully(json);
    }

    // Escaped halves of surrogate pairs are valid JSON but no valid string; reading them would fail somewhere far from here.
    private static bool MayHoldLoneSurrogate(ReadOnlySpan<byte> json) => json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0;

    private static DecodedBody DecodeCarefully(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        var duplicates = new List<string>();
        try
        {
            reader.Read();
            var node = Read(ref reader, "", duplicates);
            while (reader.Read())
            {
                // The reader itself refuses anything but white space behind the value.
            }

            return new DecodedBody(node, duplicates);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest(
                $"the body is not valid JSON: line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}: {WithoutPosition(e.Message)}");
        }
        catch (InvalidOperationException e)
        {
            throw ApiException.BadRequest($"the body is not valid JSON: byte {reader.TokenStartIndex}: {e.Message}");
        }
    }

    private static JsonNode? Read(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var obj = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    var fieldPath = path.Length == 0 ? name : $"{path}.{name}";
                    if (obj.ContainsKey(name) && !duplicates.Contains(fieldPath))
                    {
                        duplicates.Add(fieldPath);
                    }

                    reader.Read();
                    obj[name] = Read(ref reader, fieldPath, duplicates);
                }

                return obj;
            case JsonTokenType.StartArray:
                var array = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    array.Add(Read(ref reader, $"{path}[{array.Count}]", duplicates));
                }

                return array;
            case JsonTokenType.Null:
                return null;
            default:
                if (reader.TokenType == JsonTokenType.String)
                {
                    // Fails here for a lone surrogate.
                    _ = reader.GetString();
                }

                return JsonValue.Create(JsonElement.ParseValue(ref reader));
        }
    }

    /// <summary>System.Text.Json appends <c>LineNumber: 0 | BytePositionInLine: 5.</c> with lines from zero; we say it with lines from one.</summary>
    private static string WithoutPosition(string message)
    {
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position < 0 ? message : message[..position];
    }
}

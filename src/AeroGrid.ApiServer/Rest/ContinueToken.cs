using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using AeroGrid.ApiServer.Errors;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Where a list goes on: after which object, in the state of which revision. Opaque to clients.</summary>
internal sealed record ContinueToken(long Revision, string Namespace, string Name)
{
    /// <summary>The text for <c>metadata.continue</c>.</summary>
    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new object[] { Revision, Namespace, Name }));

    /// <summary>Reads a text.</summary>
    /// <exception cref="ApiException">400: it is none of ours.</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            using var token = JsonDocument.Parse(Base64Url.DecodeFromChars(text));
            if (token.RootElement is { ValueKind: JsonValueKind.Array } array
                && array.GetArrayLength() == 3
                && array[0].TryGetInt64(out var revision)
                && array[1].ValueKind == JsonValueKind.String
                && array[2].ValueKind == JsonValueKind.String)
            {
                return new ContinueToken(revision, array[1].GetString()!, array[2].GetString()!);
            }
        }
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException or InvalidOperationException)
        {
            // Told below.
        }

        throw ApiException.BadRequest($"continue key is not valid: \"{text}\" is no token of this server; start the list anew without it");
    }
}

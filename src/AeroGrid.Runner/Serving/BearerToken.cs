using System.Buffers.Text;
using System.Text.Json;

namespace AeroGrid.Runner.Serving;

/// <summary>
/// The time at which a request's token ends. The gateway in front has verified the token; a stream just must not live longer than it.
/// </summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";
    private const int LongestPayload = 16 * 1024;

    /// <summary>The <c>exp</c> of a JSON Web Token in an Authorization header (RFC 7519); null when there is none.</summary>
    public static DateTimeOffset? ExpiryOf(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var parts = authorization[Scheme.Length..].Split('.');
        if (parts.Length != 3 || parts[1].Length > LongestPayload || !Base64Url.IsValid(parts[1]))
            return null;
        try
        {
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return payload.RootElement.ValueKind == JsonValueKind.Object
                && payload.RootElement.TryGetProperty("exp", out var exp)
                && exp.ValueKind == JsonValueKind.Number
                && exp.TryGetDouble(out var seconds)
                && seconds is > 0 and < 253_402_300_799 // 9999-12-31
                    ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
                    : null;
        }
        catch (JsonException)
        {
            return null; // not a JSON Web Token
        }
    }
}

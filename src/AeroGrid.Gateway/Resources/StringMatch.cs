using System.Text.Json;
using System.Text.Json.Serialization;

namespace AeroGrid.Gateway.Resources;

/// <summary>
/// How a text is compared: exactly one of the three is set. An object with none of them stands for "is there" in header conditions
/// (Istio, HTTPMatchRequest).
/// </summary>
internal sealed record StringMatch
{
    /// <summary>The whole text.</summary>
    [JsonPropertyName("exact")]
    public string? Exact { get; init; }

    /// <summary>The start of the text.</summary>
    [JsonPropertyName("prefix")]
    public string? Prefix { get; init; }

    /// <summary>An RE2 expression for the whole text.</summary>
    [JsonPropertyName("regex")]
    public string? Regex { get; init; }

    /// <summary>What this gateway does not know.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

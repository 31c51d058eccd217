using System.Text.Json;

namespace AeroGrid.Gateway.Auth;

/// <summary>Flattens a token's payload to what authorization policies can ask for: texts and lists of texts, at any depth.</summary>
internal static class ClaimReader
{
    /// <summary>A policy's path is a few names long; deeper content is somebody's data.</summary>
    private const int MaximumDepth = 4;

    public static Dictionary<string, string[]> Read(JsonElement payload)
    {
        var claims = new Dictionary<string, string[]>(StringComparer.Ordinal);
        Add(claims, payload, "", 0);
        return claims;
    }

    private static void Add(Dictionary<string, string[]> claims, JsonElement obj, string path, int depth)
    {
        foreach (var member in obj.EnumerateObject())
        {
            var key = $"{path}[{member.Name}]";
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.String:
                    claims[key] = Texts(member.Name, member.Value.GetString()!);
                    break;
                case JsonValueKind.Array:
                    claims[key] = [.. member.Value.EnumerateArray()
                        .Where(item => item.ValueKind == JsonValueKind.String)
                        .Select(item => item.GetString()!)];
                    break;
                case JsonValueKind.Object when depth < MaximumDepth:
                    Add(claims, member.Value, key, depth + 1);
                    break;
            }
        }
    }

    /// <summary>Scopes are a list in one text (RFC 8693 section 4.2); Istio treats <c>permission</c> alike.</summary>
    private static string[] Texts(string name, string value) =>
        name is "scope" or "permission" ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [value];
}

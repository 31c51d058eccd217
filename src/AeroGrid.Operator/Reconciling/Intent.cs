using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

using k8s;
using k8s.Models;

using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Operator.Reconciling;

/// <summary>
/// Tells whether applying an intent would change anything, so that what is as wanted costs no request. The hash of the intent is kept in
/// an annotation (a member that is no longer intended changes it), and every intended member must be there (a member that someone else
/// changed is put right).
/// </summary>
internal static class Intent
{
    /// <summary>Adds the hash of the intent to it.</summary>
    public static void Stamp<T>(T intent)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        intent.Metadata.Annotations?.Remove(Labels.Applied);
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(intent, ResourceSerializer.Options));
        intent.Metadata.Annotations ??= new Dictionary<string, string>(StringComparer.Ordinal);
        intent.Metadata.Annotations[Labels.Applied] = Convert.ToHexStringLower(hash.AsSpan(0, 8));
    }

    /// <summary>Whether an object has every member of a stamped intent.</summary>
    public static bool IsMetBy<T>(T intent, T actual)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        string? applied = null;
        if (actual.Metadata.Annotations?.TryGetValue(Labels.Applied, out applied) != true || applied != intent.Metadata.Annotations[Labels.Applied])
            return false;
        return Covers(Json(actual), Json(intent));
    }

    private static JsonNode? Json<T>(T obj) => JsonSerializer.SerializeToNode(obj, ResourceSerializer.Options);

    private static bool Covers(JsonNode? actual, JsonNode? intended) => (actual, intended) switch
    {
        (_, null) => true,
        (JsonObject a, JsonObject i) => i.All(member => a.TryGetPropertyValue(member.Key, out var value) && Covers(value, member.Value)),
        (JsonArray a, JsonArray i) => a.Count == i.Count && i.Zip(a).All(pair => Covers(pair.Second, pair.First)),
        _ => JsonNode.DeepEquals(actual, intended),
    };
}

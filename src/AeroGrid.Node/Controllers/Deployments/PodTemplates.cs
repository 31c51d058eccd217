using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using k8s.Models;

using AeroGrid.ControllerRuntime.Client;

using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>
/// Compares pod templates and gives them short names. Two templates are the same when they say the same: the order of members, the label
/// that the controller adds, and empty lists and maps do not count.
/// </summary>
internal static class PodTemplates
{
    /// <summary>The label that tells the pods of one ReplicaSet of a Deployment from those of another.</summary>
    public const string HashLabel = "pod-template-hash";

    private const int HashLength = 10;

    // Objects of a cache are never changed and are compared in every pass.
    private static readonly ConditionalWeakTable<V1PodTemplateSpec, string> Known = new();

    /// <summary>The text that stands for a template in comparisons.</summary>
    public static string Canonical(V1PodTemplateSpec template) => Known.GetValue(template, Write);

    /// <summary>Ten characters that stand for a template, and for a number that is raised when another template has taken them.</summary>
    public static string Hash(V1PodTemplateSpec template, int? collisions)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{Canonical(template)}\n{collisions ?? 0}"));
        return string.Create(HashLength, bytes, static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = PodNames.SafeCharacters[((bytes[2 * i] << 8) + bytes[(2 * i) + 1]) % PodNames.SafeCharacters.Length];
        });
    }

    /// <summary>A template with the hash among its labels.</summary>
    public static V1PodTemplateSpec WithHash(V1PodTemplateSpec template, string hash) => template with
    {
        Metadata = (template.Metadata ?? new()) with
        {
            Labels = new Dictionary<string, string>(template.Metadata?.Labels ?? new Dictionary<string, string>(), StringComparer.Ordinal)
            {
                [HashLabel] = hash,
            },
        },
    };

    private static string Write(V1PodTemplateSpec template)
    {
        var node = JsonSerializer.SerializeToNode(template, ResourceSerializer.Options) as JsonObject ?? [];
        if (node["metadata"] is JsonObject metadata)
        {
            (metadata["labels"] as JsonObject)?.Remove(HashLabel);
            metadata.Remove("creationTimestamp");
        }

        return Simplify(node)?.ToJsonString() ?? "{}";
    }

    /// <summary>Members in order, nothing empty; null when nothing is left.</summary>
    private static JsonNode? Simplify(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var sorted = new JsonObject();
                foreach (var (name, value) in members.OrderBy(static member => member.Key, StringComparer.Ordinal))
                {
                    if (Simplify(value) is { } simple)
                        sorted[name] = simple;
                }

                return sorted.Count == 0 ? null : sorted;
            case JsonArray items:
                return items.Count == 0 ? null : new JsonArray([.. items.Select(item => Simplify(item) ?? new JsonObject())]);
            default:
                return node?.DeepClone();
        }
    }
}

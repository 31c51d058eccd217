using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Admission.Quotas;

/// <summary>A ResourceQuota (https://kubernetes.io/docs/concepts/policy/resource-quotas/). Immutable.</summary>
internal sealed record Quota(string Namespace, string Name, IReadOnlyDictionary<string, decimal> Hard, IReadOnlyList<string> Scopes)
{
    public static Quota Parse(JsonObject obj)
    {
        var hard = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var (key, node) in obj.ObjectAt("spec", "hard") ?? [])
        {
            if (Quantity.TryParse(node, out var value))
            {
                hard[key] = value;
            }
        }

        return new Quota(
            obj.TextAt("metadata", "namespace") ?? "",
            obj.TextAt("metadata", "name") ?? "",
            hard,
            obj.ArrayAt("spec", "scopes") is { } scopes ? [.. scopes.Select(s => s.AsText() ?? "")] : []);
    }

    /// <summary>The resource whose objects count towards a key.</summary>
    public static string StorageKeyOf(string key)
    {
        if (key.StartsWith("count/", StringComparison.Ordinal))
        {
            var name = key["count/".Length..];
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            return dot < 0 || name == "events.events.k8s.io" ? name.Split('.')[0] : $"{name[(dot + 1)..]}/{name[..dot]}";
        }

        return key is "pods" or "cpu" or "memory" || key.StartsWith("requests.", StringComparison.Ordinal) || key.StartsWith("limits.", StringComparison.Ordinal)
            ? "pods"
            : key.Split('.')[0];
    }
}

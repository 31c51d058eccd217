using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>
/// A <c>metav1.LabelSelector</c> object (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements).
/// An empty one selects everything. Immutable.
/// </summary>
internal sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static LabelSelector Parse(JsonObject selector)
    {
        var equal = selector["matchLabels"] is JsonObject labels
            ? labels.Select(l => new LabelRequirement(l.Key, "In", [(string?)l.Value ?? ""]))
            : [];
        var expressions = selector["matchExpressions"] is JsonArray list
            ? list.OfType<JsonObject>().Select(e => new LabelRequirement(
                (string?)e["key"] ?? "",
                (string?)e["operator"] ?? "",
                e["values"] is JsonArray values ? [.. values.Select(v => (string?)v ?? "")] : []))
            : [];
        return new LabelSelector([.. equal, .. expressions]);
    }

    /// <summary>The labels of an object.</summary>
    public static IReadOnlyDictionary<string, string> Labels(JsonObject obj) =>
        obj["metadata"]?["labels"] is JsonObject labels
            ? labels.ToDictionary(l => l.Key, l => (string?)l.Value ?? "")
            : [];

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Requirements.All(r => r.Matches(labels));
}

/// <summary>One requirement. An operator that does not exist matches nothing.</summary>
internal sealed record LabelRequirement(string Key, string Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels) => Operator switch
    {
        "In" => labels.TryGetValue(Key, out var value) && Values.Contains(value),
        "NotIn" => !labels.TryGetValue(Key, out var value) || !Values.Contains(value),
        "Exists" => labels.ContainsKey(Key),
        "DoesNotExist" => !labels.ContainsKey(Key),
        _ => false,
    };
}

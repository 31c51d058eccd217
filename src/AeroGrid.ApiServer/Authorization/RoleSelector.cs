using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Selectors;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>
/// One of the <c>clusterRoleSelectors</c> of an aggregated ClusterRole: a <c>metav1.LabelSelector</c> as an object. An empty one selects
/// everything. Immutable.
/// </summary>
internal sealed record RoleSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static RoleSelector Parse(JsonObject selector)
    {
        var equal = selector["matchLabels"] is JsonObject labels
            ? labels.Select(l => new LabelRequirement(l.Key, LabelOperator.In, [(string?)l.Value ?? ""]))
            : [];
        var expressions = selector["matchExpressions"] is JsonArray list
            ? list.OfType<JsonObject>().Select(ParseExpression)
            : [];
        return new RoleSelector([.. equal, .. expressions]);
    }

    /// <summary>The labels of an object.</summary>
    public static IReadOnlyDictionary<string, string> Labels(JsonObject obj) =>
        obj["metadata"]?["labels"] is JsonObject labels
            ? labels.ToDictionary(l => l.Key, l => (string?)l.Value ?? "")
            : [];

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Requirements.All(r => r.Matches(labels));

    private static LabelRequirement ParseExpression(JsonObject expression) => new(
        (string?)expression["key"] ?? "",
        (string?)expression["operator"] switch
        {
            "Exists" => LabelOperator.Exists,
            "DoesNotExist" => LabelOperator.NotExists,
            "NotIn" => LabelOperator.NotIn,
            _ => LabelOperator.In,
        },
        expression["values"] is JsonArray values ? [.. values.Select(v => (string?)v ?? "")] : []);
}

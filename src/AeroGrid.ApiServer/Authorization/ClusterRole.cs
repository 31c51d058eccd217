using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>A Role, or with an empty <paramref name="Namespace"/> a ClusterRole. Immutable.</summary>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="Labels">Labels, by which aggregated roles find it.</param>
/// <param name="Rules">Its own rules.</param>
/// <param name="Aggregates">
/// Selectors of the ClusterRoles whose rules it has; null when it is not aggregated
/// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles).
/// </param>
internal sealed record ClusterRole(
    string Namespace,
    string Name,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyList<PolicyRule> Rules,
    IReadOnlyList<RoleSelector>? Aggregates)
{
    public static ClusterRole Parse(JsonObject role) => new(
        (string?)role["metadata"]?["namespace"] ?? "",
        (string?)role["metadata"]?["name"] ?? "",
        RoleSelector.Labels(role),
        PolicyRule.ParseAll(role),
        role["aggregationRule"]?["clusterRoleSelectors"] is JsonArray selectors
            ? [.. selectors.OfType<JsonObject>().Select(RoleSelector.Parse)]
            : null);
}

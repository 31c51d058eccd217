using k8s.Models;

namespace AeroGrid.Node.Controllers.Ownership;

/// <summary>Whether labels fit a selector (Kubernetes documentation, "Labels and Selectors").</summary>
internal static class LabelSelectors
{
    /// <summary>
    /// Whether labels fit a set-based selector. A selector without any term selects everything in Kubernetes; a controller that owned
    /// everything would be a disaster, so callers refuse such a selector before they ask (<see cref="IsEmpty"/>).
    /// </summary>
    public static bool Matches(V1LabelSelector? selector, IDictionary<string, string>? labels) =>
        selector is not null
        && HasAll(selector.MatchLabels, labels)
        && (selector.MatchExpressions?.All(requirement => Matches(requirement, labels)) ?? true);

    /// <summary>Whether labels have all the pairs of an equality-based selector, as Services and node selectors have them.</summary>
    public static bool HasAll(IDictionary<string, string>? wanted, IDictionary<string, string>? labels)
    {
        if (wanted is null)
            return true;
        foreach (var (key, value) in wanted)
        {
            if (labels is null || !labels.TryGetValue(key, out var actual) || actual != value)
                return false;
        }

        return true;
    }

    /// <summary>Whether a selector has no term at all.</summary>
    public static bool IsEmpty(V1LabelSelector? selector) =>
        selector is null || (selector.MatchLabels is null or { Count: 0 } && selector.MatchExpressions is null or { Count: 0 });

    private static bool Matches(V1LabelSelectorRequirement requirement, IDictionary<string, string>? labels)
    {
        string? value = null;
        var present = labels?.TryGetValue(requirement.Key, out value) ?? false;
        return requirement.OperatorProperty switch
        {
            "In" => present && requirement.Values?.Contains(value!) == true,
            "NotIn" => !present || requirement.Values?.Contains(value!) != true,
            "Exists" => present,
            "DoesNotExist" => !present,
            _ => false,
        };
    }
}

using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>
/// One rule of a Role or ClusterRole (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources), with the
/// matching of k8s.io/kubernetes/pkg/apis/rbac/v1 evaluation helpers. Immutable.
/// </summary>
internal sealed record PolicyRule(
    IReadOnlyList<string> Verbs,
    IReadOnlyList<string> ApiGroups,
    IReadOnlyList<string> Resources,
    IReadOnlyList<string> ResourceNames,
    IReadOnlyList<string> NonResourceUrls)
{
    private const string All = "*";

    /// <summary>Reads the <c>rules</c> of a role; a role without rules has none.</summary>
    public static IReadOnlyList<PolicyRule> ParseAll(JsonObject role) =>
        role["rules"] is JsonArray rules ? [.. rules.OfType<JsonObject>().Select(Parse)] : [];

    /// <summary>Reads one rule.</summary>
    public static PolicyRule Parse(JsonObject rule) =>
        new(Texts(rule["verbs"]), Texts(rule["apiGroups"]), Texts(rule["resources"]), Texts(rule["resourceNames"]), Texts(rule["nonResourceURLs"]));

    /// <summary>Whether the rule allows a request.</summary>
    public bool Allows(RequestAttributes request) =>
        request.Resource is null
            ? Has(Verbs, request.Verb) && NonResourceUrls.Any(url => CoversUrl(url, request.Path ?? ""))
            : Has(Verbs, request.Verb)
                && Has(ApiGroups, request.Group)
                && MatchesResource(request.Resource, request.Subresource ?? "")
                && (ResourceNames.Count == 0 || ResourceNames.Contains(request.Name ?? ""));

    /// <summary>
    /// Whether this rule gives everything that <paramref name="other"/>, a rule with one verb and one resource (or URL), gives.
    /// </summary>
    public bool Covers(PolicyRule other)
    {
        if (!other.Verbs.All(v => Has(Verbs, v)))
        {
            return false;
        }

        if (other.NonResourceUrls.Count > 0)
        {
            return other.NonResourceUrls.All(url => NonResourceUrls.Any(own => CoversUrl(own, url)));
        }

        return other.ApiGroups.All(g => Has(ApiGroups, g))
            && other.Resources.All(CoversResource)
            && (ResourceNames.Count == 0 || (other.ResourceNames.Count > 0 && other.ResourceNames.All(ResourceNames.Contains)));
    }

    /// <summary>The same permission as rules of one verb, group, resource and name each: each may be covered by another rule.</summary>
    public IEnumerable<PolicyRule> Split() =>
        from verb in Verbs
        from rule in SplitResources(verb).Concat(NonResourceUrls.Select(url => new PolicyRule([verb], [], [], [], [url])))
        select rule;

    /// <summary>As in a Role.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["verbs"] = ToArray(Verbs) };
        AddUnlessEmpty(json, "apiGroups", ApiGroups);
        AddUnlessEmpty(json, "resources", Resources);
        AddUnlessEmpty(json, "resourceNames", ResourceNames);
        AddUnlessEmpty(json, "nonResourceURLs", NonResourceUrls);
        return json;
    }

    private IEnumerable<PolicyRule> SplitResources(string verb) =>
        from apiGroup in ApiGroups
        from resource in Resources
        from names in ResourceNames.Count == 0 ? [[]] : ResourceNames.Select(n => new[] { n })
        select new PolicyRule([verb], [apiGroup], [resource], names, []);

    private bool MatchesResource(string resource, string subresource)
    {
        foreach (var own in Resources)
        {
            if (own == All || (subresource.Length == 0 ? own == resource : IsSubresource(own, resource, subresource)))
            {
                return true;
            }
        }

        return false;
    }

    private bool CoversResource(string combined)
    {
        var slash = combined.IndexOf('/', StringComparison.Ordinal);
        return Resources.Any(own =>
            own == All || own == combined || (slash >= 0 && own.StartsWith("*/", StringComparison.Ordinal) && own.AsSpan(2).SequenceEqual(combined.AsSpan(slash + 1))));
    }

    // "pods/log" or "*/log".
    private static bool IsSubresource(string own, string resource, string subresource)
    {
        var slash = own.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0
            && own.AsSpan(slash + 1).SequenceEqual(subresource)
            && (own.AsSpan(0, slash).SequenceEqual(resource) || own.AsSpan(0, slash).SequenceEqual(All));
    }

    private static bool CoversUrl(string pattern, string path) =>
        pattern == All
        || pattern == path
        || (pattern.EndsWith('*') && path.AsSpan().TrimEnd('*').StartsWith(pattern.AsSpan().TrimEnd('*')));

    private static bool Has(IReadOnlyList<string> own, string wanted)
    {
        foreach (var text in own)
        {
            if (text == All || text == wanted)
            {
                return true;
            }
        }

        return false;
    }

    private static void AddUnlessEmpty(JsonObject json, string field, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            json[field] = ToArray(values);
        }
    }

    private static JsonArray ToArray(IReadOnlyList<string> values) => [.. values.Select(v => JsonValue.Create(v))];

    private static string[] Texts(JsonNode? node) =>
        node is JsonArray array ? [.. array.OfType<JsonValue>().Select(v => v.TryGetValue<string>(out var text) ? text : null).OfType<string>()] : [];
}

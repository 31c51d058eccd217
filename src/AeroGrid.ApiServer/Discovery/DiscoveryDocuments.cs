using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Discovery;

/// <summary>
/// The discovery documents of one snapshot (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api), as JSON.
/// Stateless, hence thread-safe.
/// </summary>
internal static class DiscoveryDocuments
{
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    /// <summary><c>/api</c>.</summary>
    public static JsonObject CoreVersions(string serverAddress) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = serverAddress }),
    };

    /// <summary><c>/apis</c>.</summary>
    public static JsonObject Groups(ResourceSnapshot snapshot) => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. GroupNames(snapshot).Where(g => g.Length > 0).Select(g => (JsonNode)Group(snapshot, g)!)]),
    };

    /// <summary><c>/apis/{group}</c>, or null when there is no such group.</summary>
    public static JsonObject? GroupDocument(ResourceSnapshot snapshot, string group)
    {
        var document = Group(snapshot, group);
        document?.Insert(0, "kind", "APIGroup");
        document?.Insert(1, "apiVersion", "v1");
        return document;
    }

    /// <summary><c>/apis/{group}/{version}</c> and <c>/api/v1</c>, or null when there is no such version.</summary>
    public static JsonObject? Resources(ResourceSnapshot snapshot, string group, string version)
    {
        var definitions = Of(snapshot, group, version);
        if (definitions.Count == 0)
        {
            return null;
        }

        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = definitions[0].ApiVersion,
            ["resources"] = new JsonArray([.. definitions.SelectMany(d => Subresources(d).Select(s => (JsonNode)Resource(d, s)).Prepend(Resource(d)))]),
        };
    }

    /// <summary>The aggregated form of <c>/api</c> (core) or <c>/apis</c> (all other groups).</summary>
    /// <param name="snapshot">Resources.</param>
    /// <param name="core">Which of the two.</param>
    /// <param name="version"><c>v2</c> or <c>v2beta1</c>.</param>
    public static JsonObject Aggregated(ResourceSnapshot snapshot, bool core, string version) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. GroupNames(snapshot).Where(g => (g.Length == 0) == core).Select(g => (JsonNode)AggregatedGroup(snapshot, g))]),
    };

    /// <summary>Groups in the order in which clients look for a resource: the core group, built-in groups, custom ones.</summary>
    public static IEnumerable<string> GroupNames(ResourceSnapshot snapshot) => snapshot.All.Select(d => d.Group).Distinct();

    /// <summary>Versions of a group, the preferred one first.</summary>
    public static List<string> Versions(ResourceSnapshot snapshot, string group) =>
        [.. snapshot.All.Where(d => d.Group == group).Select(d => d.Version).Distinct().Order(VersionOrder.Preferred)];

    /// <summary>The subresources of a definition.</summary>
    public static IEnumerable<ExtraSubresource> Subresources(ResourceDefinition definition)
    {
        foreach (var subresource in definition.Subresources)
        {
            yield return subresource;
        }

        if (definition.Scale is not null)
        {
            yield return new ExtraSubresource("scale", "autoscaling", "v1", "Scale", StatusVerbs);
        }

        if (definition.HasStatus)
        {
            yield return new ExtraSubresource("status", definition.Group, definition.Version, definition.Kind, StatusVerbs);
        }
    }

    private static List<ResourceDefinition> Of(ResourceSnapshot snapshot, string group, string version) =>
        [.. snapshot.All.Where(d => d.Group == group && d.Version == version)];

    private static JsonObject? Group(ResourceSnapshot snapshot, string group)
    {
        var versions = Versions(snapshot, group);
        if (versions.Count == 0)
        {
            return null;
        }

        JsonObject Entry(string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };
        return new JsonObject
        {
            ["name"] = group,
            ["versions"] = new JsonArray([.. versions.Select(v => (JsonNode)Entry(v))]),
            ["preferredVersion"] = Entry(versions[0]),
        };
    }

    private static JsonObject Resource(ResourceDefinition definition)
    {
        var result = new JsonObject
        {
            ["name"] = definition.Plural,
            ["singularName"] = definition.Singular,
            ["namespaced"] = definition.Namespaced,
            ["kind"] = definition.Kind,
            ["verbs"] = Texts(definition.Verbs),
        };
        AddNames(result, definition);
        return result;
    }

    private static JsonObject Resource(ResourceDefinition definition, ExtraSubresource subresource)
    {
        var result = new JsonObject { ["name"] = $"{definition.Plural}/{subresource.Name}", ["singularName"] = "", ["namespaced"] = definition.Namespaced };
        if (subresource.Group != definition.Group || subresource.Version != definition.Version)
        {
            result["group"] = subresource.Group;
            result["version"] = subresource.Version;
        }

        result["kind"] = subresource.Kind;
        result["verbs"] = Texts(subresource.Verbs);
        return result;
    }

    private static JsonObject AggregatedGroup(ResourceSnapshot snapshot, string group) => new()
    {
        ["metadata"] = group.Length == 0 ? new JsonObject() : new JsonObject { ["name"] = group },
        ["versions"] = new JsonArray(
        [
            .. Versions(snapshot, group).Select(version => (JsonNode)new JsonObject
            {
                ["version"] = version,
                ["resources"] = new JsonArray([.. Of(snapshot, group, version).Select(d => (JsonNode)AggregatedResource(d))]),
                ["freshness"] = "Current",
            }),
        ]),
    };

    private static JsonObject AggregatedResource(ResourceDefinition definition)
    {
        var result = new JsonObject
        {
            ["resource"] = definition.Plural,
            ["responseKind"] = Kind(definition.Group, definition.Version, definition.Kind),
            ["scope"] = definition.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = definition.Singular,
            ["verbs"] = Texts(definition.Verbs),
        };
        AddNames(result, definition);
        var subresources = Subresources(definition).Select(s => (JsonNode)new JsonObject
        {
            ["subresource"] = s.Name, ["responseKind"] = Kind(s.Group, s.Version, s.Kind), ["verbs"] = Texts(s.Verbs),
        }).ToArray();
        if (subresources.Length > 0)
        {
            result["subresources"] = new JsonArray(subresources);
        }

        return result;
    }

    private static void AddNames(JsonObject result, ResourceDefinition definition)
    {
        if (definition.ShortNames.Count > 0)
        {
            result["shortNames"] = Texts(definition.ShortNames);
        }

        if (definition.Categories.Count > 0)
        {
            result["categories"] = Texts(definition.Categories);
        }
    }

    private static JsonObject Kind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]);
}

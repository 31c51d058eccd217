using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Rest;

namespace AeroGrid.ApiServer.Namespaces;

/// <summary>The conditions of a namespace that is being deleted, with the types and reasons of Kubernetes' namespace controller.</summary>
internal static class NamespaceConditions
{
    /// <summary>The conditions for what is left; times change only where a status does.</summary>
    public static JsonArray Of(IReadOnlyList<Remaining> rest, JsonArray? before, DateTimeOffset now)
    {
        var finalizers = rest.SelectMany(r => r.Finalizers).GroupBy(f => f).Select(g => $"{g.Key} in {g.Count()} resource instances").ToList();
        var content = rest.GroupBy(r => Qualified(r.Resource)).Select(g => $"{g.Key} has {g.Count()} resource instances").ToList();
        return
        [
            Condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
            Condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            Condition("NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            content.Count > 0
                ? Condition("NamespaceContentRemaining", true, "SomeResourcesRemain", $"Some resources are remaining: {string.Join(", ", content)}")
                : Condition("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed"),
            finalizers.Count > 0
                ? Condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", $"Some content in the namespace has finalizers remaining: {string.Join(", ", finalizers)}")
                : Condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
        ];

        JsonObject Condition(string type, bool status, string reason, string message)
        {
            var text = status ? "True" : "False";
            var present = before?.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type && c.Text("status") == text);
            return new JsonObject
            {
                ["type"] = type,
                ["status"] = text,
                ["lastTransitionTime"] = present?.Text("lastTransitionTime") ?? ObjectMetadata.Format(now),
                ["reason"] = reason,
                ["message"] = message,
            };
        }
    }

    /// <summary><c>deployments.apps</c> from the storage key <c>apps/deployments</c>.</summary>
    private static string Qualified(string storageKey)
    {
        var slash = storageKey.IndexOf('/');
        return slash < 0 ? $"{storageKey}." : $"{storageKey[(slash + 1)..]}.{storageKey[..slash]}";
    }
}

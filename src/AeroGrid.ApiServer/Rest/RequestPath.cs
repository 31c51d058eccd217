namespace AeroGrid.ApiServer.Rest;

/// <summary>What the URL of an object or a collection names.</summary>
/// <param name="Group">API group; empty for <c>/api/v1</c>.</param>
/// <param name="Version">Version.</param>
/// <param name="Namespace">Namespace; null where the URL names none.</param>
/// <param name="Plural">Resource.</param>
/// <param name="Name">Object; null for a collection.</param>
/// <param name="Subresource">Subresource; empty for none.</param>
internal sealed record RequestPath(string Group, string Version, string? Namespace, string Plural, string? Name, string Subresource)
{
    /// <summary>Reads <c>/api/v1/…</c> and <c>/apis/group/version/…</c>; null when the path is no resource's.</summary>
    public static RequestPath? Parse(string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments switch
        {
            ["api", var version, .. var rest] => Resource("", version, rest),
            ["apis", var group, var version, .. var rest] => Resource(group, version, rest),
            _ => null,
        };
    }

    private static RequestPath? Resource(string group, string version, ReadOnlySpan<string> rest)
    {
        string? namespaceName = null;

        // namespaces/a/status is a subresource of the namespace a, namespaces/a/pods are the pods in it.
        if (rest is ["namespaces", var name, var plural, ..] && !(group.Length == 0 && plural is "status" or "finalize" && rest.Length == 3))
        {
            namespaceName = name;
            rest = rest[2..];
        }

        return rest switch
        {
            [var resource] => new RequestPath(group, version, namespaceName, resource, null, ""),
            [var resource, var name2] => new RequestPath(group, version, namespaceName, resource, name2, ""),
            [var resource, var name3, var subresource] => new RequestPath(group, version, namespaceName, resource, name3, subresource),
            _ => null,
        };
    }
}

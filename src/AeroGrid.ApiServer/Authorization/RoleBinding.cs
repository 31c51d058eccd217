using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>A RoleBinding, or with an empty <paramref name="Namespace"/> a ClusterRoleBinding. Immutable.</summary>
internal sealed record RoleBinding(string Namespace, string Name, RoleReference Role, IReadOnlyList<Subject> Subjects)
{
    public static RoleBinding Parse(JsonObject binding)
    {
        var ns = Text(binding["metadata"]?["namespace"]);
        return new RoleBinding(
            ns,
            Text(binding["metadata"]?["name"]),
            new RoleReference(Text(binding["roleRef"]?["kind"]) == "ClusterRole" ? "" : ns, Text(binding["roleRef"]?["name"])),
            binding["subjects"] is JsonArray subjects ? [.. subjects.OfType<JsonObject>().Select(s => ParseSubject(s, ns)).Distinct()] : []);
    }

    /// <summary>As kube-apiserver names it in the reason of a SubjectAccessReview.</summary>
    public string Describe(Subject subject)
    {
        var (kind, name) = Namespace.Length == 0 ? ("ClusterRoleBinding", Name) : ("RoleBinding", $"{Name}/{Namespace}");
        return $"RBAC: allowed by {kind} \"{name}\" of {Role.Kind} \"{Role.Name}\" to {subject.Describe()}";
    }

    private static Subject ParseSubject(JsonObject subject, string bindingNamespace)
    {
        var name = Text(subject["name"]);
        return Text(subject["kind"]) switch
        {
            "Group" => new Subject(SubjectKind.Group, name),
            "ServiceAccount" => new Subject(
                SubjectKind.User, $"system:serviceaccount:{(Text(subject["namespace"]) is { Length: > 0 } ns ? ns : bindingNamespace)}:{name}"),
            _ => new Subject(SubjectKind.User, name),
        };
    }

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}

/// <summary>A role that a binding refers to; an empty namespace means a ClusterRole.</summary>
internal readonly record struct RoleReference(string Namespace, string Name)
{
    public string Kind => Namespace.Length == 0 ? "ClusterRole" : "Role";
}

/// <summary>Whom a binding is for; a service account is the user of its name.</summary>
internal readonly record struct Subject(SubjectKind Kind, string Name)
{
    private const string ServiceAccountPrefix = "system:serviceaccount:";

    public string Describe()
    {
        if (Kind == SubjectKind.User && Name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal))
        {
            var parts = Name[ServiceAccountPrefix.Length..].Split(':', 2);
            return parts.Length == 2 ? $"ServiceAccount \"{parts[1]}/{parts[0]}\"" : $"User \"{Name}\"";
        }

        return $"{Kind} \"{Name}\"";
    }
}

/// <summary>What a subject is.</summary>
internal enum SubjectKind
{
    /// <summary>One user (or service account).</summary>
    User,

    /// <summary>Everyone in a group.</summary>
    Group,
}

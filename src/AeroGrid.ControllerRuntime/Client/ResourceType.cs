namespace AeroGrid.ControllerRuntime.Client;

/// <summary>What a client must know of a kind to reach it: the coordinates of its REST collection.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version, for example <c>v1alpha1</c>.</param>
/// <param name="Kind">Kind, for example <c>Deployment</c>.</param>
/// <param name="Plural">Resource name in the path, for example <c>deployments</c>.</param>
/// <param name="Namespaced">Whether objects of the kind live in namespaces.</param>
public sealed record ResourceType(string Group, string Version, string Kind, string Plural, bool Namespaced)
{
    /// <summary>The value of an object's <c>apiVersion</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The path of a collection, relative to the server's address: of one namespace, or of all of them when it is null.</summary>
    public string CollectionPath(string? namespaceName)
    {
        if (namespaceName is not null && !Namespaced)
            throw new ArgumentException($"{Kind} is cluster-scoped: leave the namespace out.", nameof(namespaceName));
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        return namespaceName is null ? $"{root}/{Plural}" : $"{root}/namespaces/{Uri.EscapeDataString(namespaceName)}/{Plural}";
    }

    /// <summary>The path of one object, relative to the server's address.</summary>
    /// <param name="key">The object; with a namespace exactly when the kind is namespaced.</param>
    /// <param name="subresource">For example <c>status</c>, or null for the object itself.</param>
    public string ObjectPath(ObjectKey key, string? subresource = null)
    {
        if (string.IsNullOrEmpty(key.Name))
            throw new ArgumentException($"A {Kind} without a name cannot be addressed.", nameof(key));
        if (Namespaced && key.Namespace is null)
            throw new ArgumentException($"{Kind} is namespaced: '{key.Name}' needs a namespace.", nameof(key));
        var path = $"{CollectionPath(key.Namespace)}/{Uri.EscapeDataString(key.Name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }

    /// <summary><c>plural.group</c>, the form that kubectl prints.</summary>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime;

/// <summary>
/// The namespace and name of an object of a known kind. <see cref="Namespace"/> is null for objects of cluster-scoped kinds.
/// </summary>
/// <param name="Namespace">The namespace, or null for a cluster-scoped kind.</param>
/// <param name="Name">The object's name.</param>
public readonly record struct ObjectKey(string? Namespace, string Name)
{
    /// <summary>The key of a cluster-scoped object.</summary>
    public ObjectKey(string name)
        : this(null, name)
    {
    }

    /// <summary>The key of an object.</summary>
    public static ObjectKey Of(IKubernetesObject<V1ObjectMeta> obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        var namespaceName = obj.Metadata.NamespaceProperty;
        return new(string.IsNullOrEmpty(namespaceName) ? null : namespaceName, obj.Metadata.Name);
    }

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">The text is neither <c>name</c> nor <c>namespace/name</c>.</exception>
    public static ObjectKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') switch
        {
            [{ Length: > 0 } name] => new(null, name),
            [{ Length: > 0 } namespaceName, { Length: > 0 } name] => new(namespaceName, name),
            _ => throw new FormatException($"'{text}' is not an object key: write name or namespace/name."),
        };
    }

    /// <summary><c>namespace/name</c>, or <c>name</c> for a cluster-scoped object.</summary>
    public override string ToString() => Namespace is null ? Name : $"{Namespace}/{Name}";
}

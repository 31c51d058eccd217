using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.OpenApi;

/// <summary>Names of definitions and operations, as Kubernetes makes them: generators turn them into names of classes and methods.</summary>
internal static class OpenApiNames
{
    /// <summary>Definition of the options of a deletion.</summary>
    public const string DeleteOptions = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";

    /// <summary>Definition of patches.</summary>
    public const string Patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

    /// <summary>Definition of the metadata of lists.</summary>
    public const string ListMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";

    /// <summary>Definition of the metadata of objects.</summary>
    public const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    /// <summary>Definition of Status.</summary>
    public const string Status = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";

    /// <summary>Definition of the Scale subresource.</summary>
    public const string Scale = "io.k8s.api.autoscaling.v1.Scale";

    /// <summary>Name of the definition of a kind: that of its schema, or the reversed group for a custom one (<c>io.aerogrid.v1alpha1.App</c>).</summary>
    public static string Definition(ResourceDefinition definition) => definition.IsCustom
        ? $"{string.Join('.', definition.Group.Split('.').Reverse())}.{definition.Version}.{definition.Kind}"
        : definition.Schema.Root!.Name!;

    /// <summary>Name of the definition of a list of a kind.</summary>
    public static string List(ResourceDefinition definition)
    {
        var item = Definition(definition);
        return string.Concat(item.AsSpan(0, item.LastIndexOf('.') + 1), definition.ListKind);
    }

    /// <summary>Tag of operations, for example <c>apps_v1</c>.</summary>
    public static string Tag(ResourceDefinition definition) =>
        $"{(definition.Group.Length == 0 ? "core" : GroupName(definition.Group, camel: false))}_{definition.Version}";

    /// <summary>Name of an operation, for example <c>readAppsV1NamespacedDeploymentStatus</c>.</summary>
    public static string Operation(ResourceDefinition definition, string verb, string suffix)
    {
        var group = definition.Group.Length == 0 ? "Core" : GroupName(definition.Group, camel: true);
        var scope = definition.Namespaced && !suffix.EndsWith("ForAllNamespaces", StringComparison.Ordinal) ? "Namespaced" : "";
        return $"{verb}{group}{Capital(definition.Version)}{scope}{definition.Kind}{suffix}";
    }

    /// <summary>First letter in upper case.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>Groups of Kubernetes lose <c>.k8s.io</c>; others keep every part.</summary>
    private static string GroupName(string group, bool camel)
    {
        var name = group.EndsWith(".k8s.io", StringComparison.Ordinal) ? group[..^".k8s.io".Length] : group;
        return camel ? string.Concat(name.Split('.', '-').Select(Capital)) : string.Concat(name.Split('.').Select((part, i) => i == 0 ? part : Capital(part)));
    }
}

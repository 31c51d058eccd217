namespace AeroGrid.Api;

/// <summary>
/// The manifests of <c>deploy/</c> that an API server needs before anything else, as they are in the repository. <c>aerogrid up</c> applies
/// them in the order of the members here; on a cluster <c>kubectl apply -f</c> does.
/// </summary>
public static class Manifests
{
    /// <summary>The CustomResourceDefinitions of AeroGrid's own kinds.</summary>
    public static IReadOnlyList<Manifest> Crds { get; } = Load("crds/aerogrid.io_");

    /// <summary>The CustomResourceDefinitions of the Istio kinds that are used, for an API server without Istio.</summary>
    public static IReadOnlyList<Manifest> IstioCrds { get; } = Load("crds/istio/");

    /// <summary>Namespaces of the platform and the Gateway that apps are routed from.</summary>
    public static IReadOnlyList<Manifest> System { get; } = Load("system/");

    /// <summary>Roles of the components and of tenants' members.</summary>
    public static IReadOnlyList<Manifest> Rbac { get; } = Load("rbac/");

    /// <summary>The Runtimes that come with the platform.</summary>
    public static IReadOnlyList<Manifest> Runtimes { get; } = Load("runtimes/");

    private static Manifest[] Load(string prefix) =>
    [
        .. typeof(Manifests).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .SelectMany(name => Documents(name, Read(name))),
    ];

    private static IEnumerable<Manifest> Documents(string name, string text) =>
        ("\n" + text).Split("\n---\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(document => new Manifest(name, document + "\n"));

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Manifests).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

/// <summary>One object as YAML.</summary>
/// <param name="File">The file in <c>deploy/</c> that it is from.</param>
/// <param name="Yaml">The text of one YAML document.</param>
public sealed record Manifest(string File, string Yaml);

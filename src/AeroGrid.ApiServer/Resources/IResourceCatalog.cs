namespace AeroGrid.ApiServer.Resources;

/// <summary>
/// All resources that are served now. CustomResourceDefinitions add to it and remove from it while requests run, therefore a request takes
/// one <see cref="Current"/> and keeps it. Thread-safe.
/// </summary>
public interface IResourceCatalog
{
    /// <summary>The resources of this moment.</summary>
    ResourceSnapshot Current { get; }
}

/// <summary>An immutable set of resource definitions with look-ups. Thread-safe.</summary>
public sealed class ResourceSnapshot
{
    private readonly Dictionary<(string Group, string Version, string Plural), ResourceDefinition> _byPlural;
    private readonly Dictionary<(string Group, string Version, string Kind), ResourceDefinition> _byKind;

    /// <summary>Creates a snapshot.</summary>
    /// <param name="version">A number that grows with every change of the set; caches of documents made from it use it as key.</param>
    /// <param name="all">All definitions; group, version and plural are unique.</param>
    public ResourceSnapshot(long version, IReadOnlyList<ResourceDefinition> all)
    {
        Version = version;
        All = all;
        _byPlural = all.ToDictionary(d => (d.Group, d.Version, d.Plural));
        _byKind = all.ToDictionary(d => (d.Group, d.Version, d.Kind));
    }

    /// <summary>Grows with every change of the set.</summary>
    public long Version { get; }

    /// <summary>All definitions.</summary>
    public IReadOnlyList<ResourceDefinition> All { get; }

    /// <summary>The definition served at this URL, or null.</summary>
    public ResourceDefinition? ByPlural(string group, string version, string plural) =>
        _byPlural.GetValueOrDefault((group, version, plural));

    /// <summary>The definition of this kind, or null.</summary>
    public ResourceDefinition? ByKind(string group, string version, string kind) =>
        _byKind.GetValueOrDefault((group, version, kind));
}

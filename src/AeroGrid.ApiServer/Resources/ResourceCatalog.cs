using AeroGrid.ApiServer.Resources.BuiltIn;

namespace AeroGrid.ApiServer.Resources;

/// <summary>
/// The built-in resources and those that CustomResourceDefinitions add. Each change makes a new immutable snapshot. Thread-safe.
/// </summary>
internal sealed class ResourceCatalog : IResourceCatalog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IReadOnlyList<ResourceDefinition>> _custom = new(StringComparer.Ordinal);
    private volatile ResourceSnapshot _current = new(1, BuiltInResources.All);

    /// <inheritdoc/>
    public ResourceSnapshot Current => _current;

    /// <summary>Serves exactly these versions for a CustomResourceDefinition from now on; none removes it.</summary>
    /// <param name="name">Name of the CustomResourceDefinition.</param>
    /// <param name="definitions">One for every served version.</param>
    public void SetCustom(string name, IReadOnlyList<ResourceDefinition> definitions)
    {
        lock (_lock)
        {
            if (definitions.Count == 0 ? !_custom.Remove(name) : _custom.TryGetValue(name, out var known) && ReferenceEquals(known, definitions))
            {
                return;
            }

            if (definitions.Count > 0)
            {
                _custom[name] = definitions;
            }

            _current = new ResourceSnapshot(_current.Version + 1, [.. BuiltInResources.All, .. _custom.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(c => c.Value)]);
        }
    }
}

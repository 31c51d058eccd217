using AeroGrid.ApiServer.CustomResources;
using AeroGrid.ApiServer.Resources.BuiltIn;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Resources;

/// <summary>
/// The built-in resources and those of stored CustomResourceDefinitions. Each change makes a new immutable snapshot, before the writer of
/// the CustomResourceDefinition is answered. Thread-safe.
/// </summary>
internal sealed class ResourceCatalog : IResourceCatalog
{
    private readonly Lock _lock = new();
    private readonly Lazy<IObjectReader>? _reader;
    private readonly Dictionary<string, IReadOnlyList<ResourceDefinition>> _custom = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _revisions = new(StringComparer.Ordinal);
    private volatile ResourceSnapshot _current = new(1, BuiltInResources.All);
    private volatile bool _loaded;

    /// <summary>Creates a catalog that reads stored CustomResourceDefinitions when it is first asked: the store opens with the host.</summary>
    /// <param name="reader">The store; null serves built-in resources only.</param>
    public ResourceCatalog(Lazy<IObjectReader>? reader = null)
    {
        _reader = reader;
        _loaded = reader is null;
    }

    /// <inheritdoc/>
    public ResourceSnapshot Current
    {
        get
        {
            if (!_loaded)
            {
                Load();
            }

            return _current;
        }
    }

    private void Load()
    {
        lock (_lock)
        {
            if (_loaded)
            {
                return;
            }

            // The subscription lasts as long as the process: the store and the catalog end together.
            _ = _reader!.Value.Subscribe(CustomResourceDefinitionStatus.StorageKey, OnChange);
            foreach (var crd in _reader.Value.List(CustomResourceDefinitionStatus.StorageKey))
            {
                var name = crd.TextAt("metadata", "name")!;
                // A change that came in between is newer than the list.
                if (!_revisions.ContainsKey(name))
                {
                    Set(name, CustomResourceReader.Read(crd));
                }
            }

            Publish();
            _loaded = true;
        }
    }

    private void OnChange(StoredChange change)
    {
        lock (_lock)
        {
            var name = (change.New ?? change.Old).TextAt("metadata", "name")!;
            _revisions[name] = change.Revision;
            Set(name, change.New is { } crd ? CustomResourceReader.Read(crd) : []);
            Publish();
        }
    }

    private void Set(string name, IReadOnlyList<ResourceDefinition> definitions)
    {
        if (definitions.Count == 0)
        {
            _custom.Remove(name);
        }
        else
        {
            _custom[name] = definitions;
        }
    }

    private void Publish() => _current = new ResourceSnapshot(
        _current.Version + 1, [.. BuiltInResources.All, .. _custom.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(c => c.Value)]);
}

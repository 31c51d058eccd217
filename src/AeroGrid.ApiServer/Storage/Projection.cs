using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// All objects of one resource in a form that a decision needs, always as current as the store: a change is in here before its writer is
/// answered. Reading is lock-free; thread-safe.
/// </summary>
/// <typeparam name="T">The form; immutable.</typeparam>
internal sealed class Projection<T> : IDisposable
    where T : class
{
    private readonly ConcurrentDictionary<(string Namespace, string Name), Entry> _entries = new();
    private readonly Lock _changes = new();
    private readonly Func<JsonObject, T> _parse;
    private readonly Action<T?, T?>? _changed;
    private readonly IDisposable _subscription;
    private readonly bool _listed;

    /// <summary>Subscribes, then lists.</summary>
    /// <param name="reader">The store.</param>
    /// <param name="storageKey">Which resource.</param>
    /// <param name="parse">Makes the form; must not throw.</param>
    /// <param name="changed">Told old and new form of every change, one change at a time; also of what exists at the start.</param>
    public Projection(IObjectReader reader, string storageKey, Func<JsonObject, T> parse, Action<T?, T?>? changed = null)
    {
        _parse = parse;
        _changed = changed;
        _subscription = reader.Subscribe(storageKey, change => Set(change.Revision, (change.New ?? change.Old)!, removed: change.New is null));
        foreach (var obj in reader.List(storageKey))
        {
            Set(long.Parse((string?)obj["metadata"]?["resourceVersion"] ?? "0", CultureInfo.InvariantCulture), obj, removed: false);
        }

        lock (_changes)
        {
            _listed = true;
            foreach (var gone in _entries.Where(e => e.Value.Form is null).Select(e => e.Key).ToList())
            {
                _entries.TryRemove(gone, out _);
            }
        }
    }

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<T> All => _entries.Values.Select(e => e.Form).OfType<T>();

    /// <summary>One, or null.</summary>
    public T? Get(string namespaceName, string name) => _entries.GetValueOrDefault((namespaceName, name)).Form;

    public void Dispose() => _subscription.Dispose();

    private void Set(long revision, JsonObject obj, bool removed)
    {
        var key = ((string?)obj["metadata"]?["namespace"] ?? "", (string?)obj["metadata"]?["name"] ?? "");
        lock (_changes)
        {
            var known = _entries.TryGetValue(key, out var entry);
            if (known && entry.Revision >= revision)
            {
                // The listing is older than a change that was told meanwhile.
                return;
            }

            var form = removed ? null : _parse(obj);
            if (form is null && _listed)
            {
                _entries.TryRemove(key, out _);
            }
            else
            {
                // Before the listing is through, removals are remembered so that it does not bring objects back.
                _entries[key] = new Entry(revision, form);
            }

            _changed?.Invoke(entry.Form, form);
        }
    }

    private readonly record struct Entry(long Revision, T? Form);
}

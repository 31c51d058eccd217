using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Tests.Authorization;

/// <summary>Objects in memory behind the seam of the store, for rules that need no server. Written as YAML-like anonymous JSON.</summary>
internal sealed class MemoryReader : IObjectReader
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, string Namespace, string Name), JsonObject> _objects = [];
    private readonly List<(string Key, Action<StoredChange> Changed)> _subscriptions = [];
    private long _revision;

    public JsonObject? Get(string storageKey, string? namespaceName, string name)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault((storageKey, namespaceName ?? "", name))?.DeepClone().AsObject();
        }
    }

    public IReadOnlyList<JsonObject> List(string storageKey, string? namespaceName = null)
    {
        lock (_gate)
        {
            return [.. _objects
                .Where(o => o.Key.Key == storageKey && (namespaceName is null || o.Key.Namespace == namespaceName))
                .Select(o => o.Value.DeepClone().AsObject())];
        }
    }

    public IDisposable Subscribe(string storageKey, Action<StoredChange> changed)
    {
        var entry = (storageKey, changed);
        lock (_gate)
        {
            _subscriptions.Add(entry);
        }

        return new Subscription(() =>
        {
            lock (_gate)
            {
                _subscriptions.Remove(entry);
            }
        });
    }

    /// <summary>Stores an object written as JSON.</summary>
    public void Put(string storageKey, string json)
    {
        lock (_gate)
        {
            var obj = JsonNode.Parse(json)!.AsObject();
            obj["metadata"]!["resourceVersion"] = $"{++_revision}";
            var key = (storageKey, (string?)obj["metadata"]!["namespace"] ?? "", (string)obj["metadata"]!["name"]!);
            var old = _objects.GetValueOrDefault(key);
            _objects[key] = obj;
            Tell(storageKey, new StoredChange(_revision, old, obj));
        }
    }

    /// <summary>Removes an object.</summary>
    public void Remove(string storageKey, string? namespaceName, string name)
    {
        lock (_gate)
        {
            if (_objects.Remove((storageKey, namespaceName ?? "", name), out var old))
            {
                Tell(storageKey, new StoredChange(++_revision, old, null));
            }
        }
    }

    private void Tell(string storageKey, StoredChange change)
    {
        foreach (var (_, changed) in _subscriptions.Where(s => s.Key == storageKey).ToList())
        {
            changed(change);
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Informers;

/// <summary>The objects of an informer with their indexes. One writer, many readers; every read sees one consistent state.</summary>
internal sealed class ObjectStore<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock gate = new();
    private readonly Dictionary<ObjectKey, T> objects = [];
    private readonly Dictionary<string, Index> indexes = new(StringComparer.Ordinal);

    private readonly Index byNamespace = new(static obj => [obj.Metadata.NamespaceProperty ?? ""]);

    public int Count
    {
        get
        {
            lock (gate)
                return objects.Count;
        }
    }

    public T? Get(ObjectKey key)
    {
        lock (gate)
            return objects.GetValueOrDefault(key);
    }

    public IReadOnlyList<T> List(string? namespaceName)
    {
        lock (gate)
            return namespaceName is null ? [.. objects.Values] : byNamespace.Find(namespaceName, objects);
    }

    public void AddIndex(string name, Func<T, IEnumerable<string>> keys)
    {
        lock (gate)
        {
            var index = new Index(keys);
            if (!indexes.TryAdd(name, index))
                throw new InvalidOperationException($"There is an index '{name}' of {typeof(T).Name} already.");
            foreach (var (key, obj) in objects)
                index.Add(key, obj);
        }
    }

    public bool HasIndex(string name)
    {
        lock (gate)
            return indexes.ContainsKey(name);
    }

    public IReadOnlyList<T> ByIndex(string name, string value)
    {
        lock (gate)
        {
            return indexes.TryGetValue(name, out var index)
                ? index.Find(value, objects)
                : throw new ArgumentException($"There is no index '{name}' of {typeof(T).Name}: add it with AddIndex first.", nameof(name));
        }
    }

    /// <summary>Puts an object in and returns the one that it replaces.</summary>
    public T? Set(T obj)
    {
        lock (gate)
            return SetLocked(ObjectKey.Of(obj), obj);
    }

    /// <summary>Takes an object out and returns it.</summary>
    public T? Remove(ObjectKey key)
    {
        lock (gate)
            return RemoveLocked(key);
    }

    /// <summary>
    /// Takes a whole list over in one step and tells what that changed. Only what is missing from the complete list is gone; keys of
    /// objects that could not be read keep their last state.
    /// </summary>
    public List<(T? Old, T? New)> Replace(IReadOnlyList<T> list, IReadOnlySet<ObjectKey> unknown)
    {
        var changes = new List<(T? Old, T? New)>();
        lock (gate)
        {
            var present = new HashSet<ObjectKey>(list.Count);
            foreach (var obj in list)
                present.Add(ObjectKey.Of(obj));
            foreach (var key in objects.Keys.Where(key => !present.Contains(key) && !unknown.Contains(key)).ToList())
                changes.Add((RemoveLocked(key), null));
            foreach (var obj in list)
            {
                var key = ObjectKey.Of(obj);
                if (objects.TryGetValue(key, out var old) && IsSameState(old, obj))
                    continue;
                changes.Add((SetLocked(key, obj), obj));
            }
        }

        return changes;
    }

    /// <summary>Two readings of one state: resourceVersions may be compared for equality only (Kubernetes API concepts).</summary>
    public static bool IsSameState(T left, T right) =>
        left.Metadata.ResourceVersion is { } version
        && version == right.Metadata.ResourceVersion
        && left.Metadata.Uid == right.Metadata.Uid;

    private T? SetLocked(ObjectKey key, T obj)
    {
        var old = RemoveLocked(key);
        objects[key] = obj;
        byNamespace.Add(key, obj);
        foreach (var index in indexes.Values)
            index.Add(key, obj);
        return old;
    }

    private T? RemoveLocked(ObjectKey key)
    {
        if (!objects.Remove(key, out var old))
            return null;
        byNamespace.Remove(key);
        foreach (var index in indexes.Values)
            index.Remove(key);
        return old;
    }

    /// <summary>Values to keys, and keys to the values they were entered under: an index function is asked once for each state of an object.</summary>
    private sealed class Index(Func<T, IEnumerable<string>> values)
    {
        private readonly Dictionary<string, HashSet<ObjectKey>> keys = new(StringComparer.Ordinal);
        private readonly Dictionary<ObjectKey, string[]> entered = [];

        public void Add(ObjectKey key, T obj)
        {
            string[] of = [.. values(obj).Distinct(StringComparer.Ordinal)];
            if (of.Length == 0)
                return;
            entered[key] = of;
            foreach (var value in of)
            {
                if (!keys.TryGetValue(value, out var set))
                    keys[value] = set = [];
                set.Add(key);
            }
        }

        public void Remove(ObjectKey key)
        {
            if (!entered.Remove(key, out var of))
                return;
            foreach (var value in of)
            {
                var set = keys[value];
                set.Remove(key);
                if (set.Count == 0)
                    keys.Remove(value);
            }
        }

        public IReadOnlyList<T> Find(string value, Dictionary<ObjectKey, T> objects) =>
            keys.TryGetValue(value, out var set) ? [.. set.Select(key => objects[key])] : [];
    }
}

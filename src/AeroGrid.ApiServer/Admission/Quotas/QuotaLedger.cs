using System.Collections.Concurrent;
using System.Collections.Immutable;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Admission.Quotas;

/// <summary>
/// The quotas of every namespace and a tracker for each resource that a quota is about: namespaces without quotas, and resources that no quota
/// names, cost nothing. Thread-safe.
/// </summary>
internal sealed class QuotaLedger : IDisposable
{
    private readonly ConcurrentDictionary<string, ImmutableArray<Quota>> _quotas = new();
    private readonly ConcurrentDictionary<string, Lazy<UsageTracker>> _trackers = new();
    private readonly IObjectReader _reader;
    private readonly Lazy<Projection<Quota>> _projection;

    public QuotaLedger(IObjectReader reader)
    {
        _reader = reader;
        _projection = new Lazy<Projection<Quota>>(() => new Projection<Quota>(reader, "resourcequotas", Quota.Parse, Index));
    }

    /// <summary>Called with the namespace whenever quotas or usage changed.</summary>
    public Action<string>? OnChanged { get; set; }

    /// <summary>The quotas of a namespace.</summary>
    public ImmutableArray<Quota> In(string ns)
    {
        _ = _projection.Value;
        return _quotas.TryGetValue(ns, out var quotas) ? quotas : [];
    }

    /// <summary>The namespaces that have quotas.</summary>
    public IEnumerable<string> Namespaces
    {
        get
        {
            _ = _projection.Value;
            return _quotas.Keys;
        }
    }

    /// <summary>Usage of one resource.</summary>
    public UsageTracker Of(string storageKey) =>
        _trackers.GetOrAdd(storageKey, key => new Lazy<UsageTracker>(() => new UsageTracker(_reader, key, ns => OnChanged?.Invoke(ns)))).Value;

    public void Dispose()
    {
        if (_projection.IsValueCreated)
        {
            _projection.Value.Dispose();
        }

        foreach (var tracker in _trackers.Values.Where(t => t.IsValueCreated))
        {
            tracker.Value.Dispose();
        }
    }

    private void Index(Quota? old, Quota? current)
    {
        var ns = (current ?? old)!.Namespace;
        var rest = (_quotas.TryGetValue(ns, out var quotas) ? quotas : []).RemoveAll(q => q.Name == (current ?? old)!.Name);
        var now = current is null ? rest : rest.Add(current);
        if (now.IsEmpty)
        {
            _quotas.TryRemove(ns, out _);
        }
        else
        {
            _quotas[ns] = now;
        }

        OnChanged?.Invoke(ns);
    }
}

using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Admission.Quotas;

/// <summary>
/// What the objects of one resource use in each namespace, and what writes that are under way will use: checking and reserving is one
/// step, so that writers side by side cannot pass a quota together. Thread-safe.
/// </summary>
internal sealed class UsageTracker : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, Usage>> _stored = [];
    private readonly Dictionary<string, Dictionary<string, Usage>> _reserved = [];
    private readonly Action<string> _changed;
    private readonly Projection<Usage> _projection;

    /// <param name="reader">The store.</param>
    /// <param name="storageKey">Which resource.</param>
    /// <param name="changed">Told the namespace in which usage changed.</param>
    public UsageTracker(IObjectReader reader, string storageKey, Action<string> changed)
    {
        _changed = changed;
        _projection = new Projection<Usage>(reader, storageKey, obj => Usage.Of(storageKey, obj), Track);
    }

    /// <summary>What is used of a key, as far as it is stored.</summary>
    public decimal Used(Quota quota, string key)
    {
        lock (_gate)
        {
            return Sum(_stored, quota, key);
        }
    }

    /// <summary>Checks a new object against quotas, and keeps room for it when none of them is exceeded.</summary>
    /// <returns>What is exceeded; null when nothing is, and then <see cref="Release"/> must follow.</returns>
    public string? TryReserve(IReadOnlyList<(Quota Quota, IReadOnlyList<string> Keys)> quotas, Usage usage)
    {
        lock (_gate)
        {
            foreach (var (quota, keys) in quotas)
            {
                var exceeded = keys.Where(key =>
                    usage.For(key) > 0 && Sum(_stored, quota, key) + Sum(_reserved, quota, key) + usage.For(key) > quota.Hard[key]).ToList();
                if (exceeded.Count > 0)
                {
                    string List(Func<string, decimal> amount) => string.Join(',', exceeded.Select(k => $"{k}={QuantityText.Format(k, amount(k))}"));
                    return $"exceeded quota: {quota.Name}, requested: {List(usage.For)}, used: {List(k => Sum(_stored, quota, k) + Sum(_reserved, quota, k))}, limited: {List(k => quota.Hard[k])}";
                }
            }

            Of(_reserved, usage.Namespace)[usage.Name] = usage;
            return null;
        }
    }

    /// <summary>The write is over, whatever became of it.</summary>
    public void Release(Usage usage)
    {
        lock (_gate)
        {
            // Another write of the same name may have reserved since.
            if (_reserved.TryGetValue(usage.Namespace, out var names) && names.GetValueOrDefault(usage.Name) == usage)
            {
                names.Remove(usage.Name);
            }
        }
    }

    public void Dispose() => _projection.Dispose();

    private void Track(Usage? old, Usage? current)
    {
        var usage = (current ?? old)!;
        lock (_gate)
        {
            var names = Of(_stored, usage.Namespace);
            if (current is null)
            {
                names.Remove(usage.Name);
            }
            else
            {
                names[usage.Name] = current;
                // What is stored is no longer under way.
                Of(_reserved, usage.Namespace).Remove(usage.Name);
            }
        }

        _changed(usage.Namespace);
    }

    private static decimal Sum(Dictionary<string, Dictionary<string, Usage>> from, Quota quota, string key) =>
        from.TryGetValue(quota.Namespace, out var names) ? names.Values.Where(u => u.IsIn(quota)).Sum(u => u.For(key)) : 0;

    private static Dictionary<string, Usage> Of(Dictionary<string, Dictionary<string, Usage>> from, string ns)
    {
        if (!from.TryGetValue(ns, out var names))
        {
            names = [];
            from[ns] = names;
        }

        return names;
    }
}

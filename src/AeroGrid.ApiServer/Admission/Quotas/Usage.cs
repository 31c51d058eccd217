using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Admission.Quotas;

/// <summary>What one object counts towards quotas. Immutable.</summary>
internal sealed class Usage
{
    private readonly Dictionary<string, decimal> _resources = [];
    private readonly bool _isPod;
    private readonly bool _isFinished;
    private readonly bool _isBestEffort;
    private readonly bool _hasDeadline;

    private Usage(string storageKey, JsonObject obj)
    {
        Namespace = obj.TextAt("metadata", "namespace") ?? "";
        Name = obj.TextAt("metadata", "name") ?? "";
        _isPod = storageKey == "pods";
        if (storageKey == "services")
        {
            var type = obj.TextAt("spec", "type");
            var ports = obj.ObjectsAt("spec", "ports").Count();
            _resources["services.loadbalancers"] = type == "LoadBalancer" ? 1 : 0;
            _resources["services.nodeports"] = type is "NodePort" or "LoadBalancer" ? ports : 0;
        }

        if (!_isPod)
        {
            return;
        }

        _isFinished = obj.TextAt("status", "phase") is "Succeeded" or "Failed";
        _hasDeadline = obj.At("spec", "activeDeadlineSeconds") is not null;
        foreach (var kind in (ReadOnlySpan<string>)["requests", "limits"])
        {
            foreach (var resource in PodResources.Containers(obj).SelectMany(c => c.ObjectAt("resources", kind) ?? []).Select(r => r.Key).Distinct())
            {
                _resources[$"{kind}.{resource}"] = PodResources.Total(obj, kind, resource);
            }
        }

        _isBestEffort = _resources.Count == 0;
    }

    public string Namespace { get; }

    public string Name { get; }

    public static Usage Of(string storageKey, JsonObject obj) => new(storageKey, obj);

    /// <summary>Whether a quota is about this object.</summary>
    public bool IsIn(Quota quota) => !_isPod || quota.Scopes.All(scope => scope switch
    {
        "BestEffort" => _isBestEffort,
        "NotBestEffort" => !_isBestEffort,
        "Terminating" => _hasDeadline,
        "NotTerminating" => !_hasDeadline,
        _ => false,
    });

    /// <summary>How much it counts for a key. Pods that have ended use nothing any more, but are still there.</summary>
    public decimal For(string key)
    {
        if (key.StartsWith("count/", StringComparison.Ordinal))
        {
            return 1;
        }

        if (_isFinished)
        {
            return 0;
        }

        // cpu and memory are short for requests.cpu and requests.memory.
        var name = _isPod && key is "cpu" or "memory" ? $"requests.{key}" : key;
        return _resources.TryGetValue(name, out var amount) ? amount : key.Contains('.', StringComparison.Ordinal) || name != key ? 0 : 1;
    }
}

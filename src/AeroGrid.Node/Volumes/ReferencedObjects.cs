using k8s.Models;

using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Node.Volumes;

/// <summary>
/// The ConfigMaps and Secrets that one start of a container refers to, each read once, when it is needed: the node watches none, so it never
/// holds a secret that no pod of it uses.
/// </summary>
internal sealed class ReferencedObjects(ResourceClient client, string namespaceName)
{
    private readonly Dictionary<string, V1ConfigMap?> _configMaps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, byte[]>?> _secrets = new(StringComparer.Ordinal);

    /// <summary>The keys and values of a ConfigMap, text and binary; null when it does not exist.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string name, CancellationToken cancellationToken)
    {
        if (await ReadConfigMapAsync(name, cancellationToken).ConfigureAwait(false) is not { } map)
            return null;
        var content = Text(map);
        foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, byte[]>())
            content[key] = value;
        return content;
    }

    /// <summary>The keys and values of a ConfigMap without the binary ones, which cannot be variables; null when it does not exist.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapTextAsync(string name, CancellationToken cancellationToken) =>
        await ReadConfigMapAsync(name, cancellationToken).ConfigureAwait(false) is { } map ? Text(map) : null;

    /// <summary>The keys and values of a Secret; null when it does not exist.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string name, CancellationToken cancellationToken)
    {
        if (_secrets.TryGetValue(name, out var known))
            return known;
        var secret = await client.GetAsync<V1Secret>(namespaceName, name, cancellationToken).ConfigureAwait(false);
        return _secrets[name] = secret is null ? null : new(secret.Data ?? new Dictionary<string, byte[]>(), StringComparer.Ordinal);
    }

    private async Task<V1ConfigMap?> ReadConfigMapAsync(string name, CancellationToken cancellationToken) => _configMaps.TryGetValue(name, out var known)
        ? known
        : _configMaps[name] = await client.GetAsync<V1ConfigMap>(namespaceName, name, cancellationToken).ConfigureAwait(false);

    private static Dictionary<string, byte[]> Text(V1ConfigMap map) =>
        (map.Data ?? new Dictionary<string, string>()).ToDictionary(entry => entry.Key, entry => System.Text.Encoding.UTF8.GetBytes(entry.Value), StringComparer.Ordinal);
}

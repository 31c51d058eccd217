using k8s.Models;

using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Node.Volumes;

/// <summary>
/// The ConfigMaps and Secrets that one start of a container refers to, each read once, when it is needed: the node watches none, so it never
/// holds a secret that no pod of it uses.
/// </summary>
internal sealed class ReferencedObjects(ResourceClient client, string namespaceName)
{
    private readonly Dictionary<string, Dictionary<string, byte[]>?> _configMaps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, byte[]>?> _secrets = new(StringComparer.Ordinal);

    /// <summary>The keys and values of a ConfigMap; null when it does not exist.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string name, CancellationToken cancellationToken)
    {
        if (_configMaps.TryGetValue(name, out var known))
            return known;
        var map = await client.GetAsync<V1ConfigMap>(namespaceName, name, cancellationToken).ConfigureAwait(false);
        Dictionary<string, byte[]>? content = null;
        if (map is not null)
        {
            content = new(StringComparer.Ordinal);
            foreach (var (key, value) in map.Data ?? new Dictionary<string, string>())
                content[key] = System.Text.Encoding.UTF8.GetBytes(value);
            foreach (var (key, value) in map.BinaryData ?? new Dictionary<string, byte[]>())
                content[key] = value;
        }

        return _configMaps[name] = content;
    }

    /// <summary>The keys and values of a Secret; null when it does not exist.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string name, CancellationToken cancellationToken)
    {
        if (_secrets.TryGetValue(name, out var known))
            return known;
        var secret = await client.GetAsync<V1Secret>(namespaceName, name, cancellationToken).ConfigureAwait(false);
        return _secrets[name] = secret is null ? null : new(secret.Data ?? new Dictionary<string, byte[]>(), StringComparer.Ordinal);
    }
}

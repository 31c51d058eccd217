using System.Text;

using k8s.Models;

using AeroGrid.Node.Network;
using AeroGrid.Node.Volumes;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// The environment of a container: the image's, then <c>envFrom</c>, then <c>env</c>, each over the former; at last the ports that the node
/// has given it, since nothing else can know them.
/// </summary>
internal static class ContainerEnvironment
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Builds it.</summary>
    /// <exception cref="ConfigurationException">It refers to something that is not there.</exception>
    public static async Task<Dictionary<string, string>> BuildAsync(
        V1Pod pod, V1Container container, ImageConfiguration image, PodPortMap ports, ReferencedObjects references, string nodeName, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = DefaultPath, ["HOSTNAME"] = pod.Spec.Hostname ?? pod.Metadata.Name, ["HOME"] = "/tmp" };
        foreach (var entry in image.Config?.Environment ?? [])
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                variables[entry[..equals]] = entry[(equals + 1)..];
        }

        foreach (var source in container.EnvFrom ?? [])
            await AddAllAsync(variables, source, references, cancellationToken).ConfigureAwait(false);
        foreach (var variable in container.Env ?? [])
        {
            if (await ValueAsync(pod, container, variable, variables, references, nodeName, cancellationToken).ConfigureAwait(false) is { } value)
                variables[variable.Name] = value;
        }

        foreach (var (name, value) in ports.Variables(container))
            variables[name] = value;
        if (variables.FirstOrDefault(variable => variable.Key.Contains('\0', StringComparison.Ordinal) || variable.Value.Contains('\0', StringComparison.Ordinal)).Key is { } bad)
            throw new ConfigurationException($"env \"{bad.Replace('\0', '?')}\": a variable cannot have a zero byte in it; mount the value as a file");
        return variables;
    }

    private static async Task AddAllAsync(Dictionary<string, string> variables, V1EnvFromSource source, ReferencedObjects references, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, byte[]>? data = null;
        if (source.ConfigMapRef is { } map)
            data = await references.ConfigMapTextAsync(map.Name, cancellationToken).ConfigureAwait(false) ?? Missing(map.Optional, $"configmap \"{map.Name}\" not found");
        else if (source.SecretRef is { } secret)
            data = await references.SecretAsync(secret.Name, cancellationToken).ConfigureAwait(false) ?? Missing(secret.Optional, $"secret \"{secret.Name}\" not found");
        foreach (var (key, value) in data ?? new Dictionary<string, byte[]>())
            variables[source.Prefix + key] = Encoding.UTF8.GetString(value);
    }

    private static async Task<string?> ValueAsync(
        V1Pod pod,
        V1Container container,
        V1EnvVar variable,
        Dictionary<string, string> variables,
        ReferencedObjects references,
        string nodeName,
        CancellationToken cancellationToken)
    {
        switch (variable.ValueFrom)
        {
            case null:
                return VariableExpansion.Expand(variable.Value ?? "", variables);
            case { ConfigMapKeyRef: { } key }:
                var map = await references.ConfigMapAsync(key.Name, cancellationToken).ConfigureAwait(false);
                return Key(map, key.Key, key.Optional, $"configmap \"{key.Name}\" not found", $"couldn't find key {key.Key} in ConfigMap {pod.Metadata.NamespaceProperty}/{key.Name}");
            case { SecretKeyRef: { } key }:
                var secret = await references.SecretAsync(key.Name, cancellationToken).ConfigureAwait(false);
                return Key(secret, key.Key, key.Optional, $"secret \"{key.Name}\" not found", $"couldn't find key {key.Key} in Secret {pod.Metadata.NamespaceProperty}/{key.Name}");
            default:
                try
                {
                    return variable.ValueFrom.FieldRef is { } field
                        ? PodFields.Get(pod, field.FieldPath, nodeName)
                        : PodFields.Get(pod, variable.ValueFrom.ResourceFieldRef ?? throw new NotSupportedException("unknown source"), container.Name);
                }
                catch (NotSupportedException e)
                {
                    throw new ConfigurationException($"env \"{variable.Name}\": {e.Message}");
                }
        }
    }

    private static string? Key(IReadOnlyDictionary<string, byte[]>? data, string key, bool? optional, string noObject, string noKey)
    {
        if (data is null)
            Missing(optional, noObject);
        else if (data.TryGetValue(key, out var value))
            return Encoding.UTF8.GetString(value);
        else
            Missing(optional, noKey);
        return null;
    }

    private static IReadOnlyDictionary<string, byte[]>? Missing(bool? optional, string message) =>
        optional == true ? null : throw new ConfigurationException(message);
}

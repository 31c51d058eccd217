using System.Text;

using AeroGrid.Api;

using k8s.Models;

namespace AeroGrid.Operator.Tenants.Children;

/// <summary>The Secret with the environment variables of all of a tenant's apps.</summary>
internal static class TenantEnvironment
{
    /// <param name="run">The tenant.</param>
    /// <param name="secrets">The platform's Secrets that variables come from, by name.</param>
    /// <exception cref="KeyNotFoundException">A Secret or a key is missing that is not optional; the message is for people.</exception>
    public static V1Secret Create(TenantRun run, IReadOnlyDictionary<string, V1Secret> secrets)
    {
        var data = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var variable in run.Tenant.Spec.Env ?? [])
        {
            if (variable.ValueFrom?.SecretKeyRef is not { } source)
                data[variable.Name] = Encoding.UTF8.GetBytes(variable.Value ?? "");
            else if (secrets.GetValueOrDefault(source.Name)?.Data?.TryGetValue(source.Key, out var value) == true)
                data[variable.Name] = value;
            else if (source.Optional != true)
                throw new KeyNotFoundException($"spec.env: {variable.Name}: the Secret {Names.SystemNamespace}/{source.Name} with the key {source.Key} is not there");
        }

        return new() { Metadata = run.Metadata(Names.TenantEnvironment), Type = "Opaque", Data = data };
    }
}

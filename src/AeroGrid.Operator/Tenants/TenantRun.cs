using AeroGrid.Api;
using AeroGrid.Api.Tenants;

namespace AeroGrid.Operator.Tenants;

/// <summary>What the steps of one run for a tenant share. Objects from caches must not be changed.</summary>
internal sealed class TenantRun
{
    /// <summary>The tenant as the cache shows it.</summary>
    public required Tenant Tenant { get; init; }

    /// <summary>Its name.</summary>
    public string Name => Tenant.Metadata.Name;

    /// <summary>Its namespace.</summary>
    public string Namespace => Names.Namespace(Name);

    /// <summary>The labels of everything that is made for it.</summary>
    public Dictionary<string, string> Labels() => new(StringComparer.Ordinal)
    {
        [Api.Labels.ManagedBy] = Api.Labels.Manager,
        [Api.Labels.Tenant] = Name,
    };

    /// <summary>Name, namespace and labels of an object of the tenant.</summary>
    public k8s.Models.V1ObjectMeta Metadata(string name) => new() { Name = name, NamespaceProperty = Namespace, Labels = Labels() };
}

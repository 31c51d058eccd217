using AeroGrid.Api;
using AeroGrid.Api.Tenants;

using k8s.Models;

namespace AeroGrid.Operator.Tenants.Children;

/// <summary>What a tenant's apps together, and each container without a word of its own, may use.</summary>
internal static class TenantQuotas
{
    /// <summary>The quota; null when the tenant has none.</summary>
    public static V1ResourceQuota? Create(TenantRun run)
    {
        var hard = Hard(run.Tenant.Spec.Quota);
        return hard.Count == 0 ? null : new() { Metadata = run.Metadata(Names.TenantPolicy), Spec = new() { Hard = hard } };
    }

    /// <summary>The limits of containers that name none: a quota admits no container without them.</summary>
    public static V1LimitRange Limits(TenantRun run) => new()
    {
        Metadata = run.Metadata(Names.TenantPolicy),
        Spec = new()
        {
            Limits =
            [
                new()
                {
                    Type = "Container",
                    DefaultRequest = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("50m"), ["memory"] = new("64Mi") },
                    DefaultProperty = new Dictionary<string, ResourceQuantity> { ["memory"] = new("256Mi") },
                },
            ],
        },
    };

    private static Dictionary<string, ResourceQuantity> Hard(TenantQuota? quota)
    {
        var hard = new Dictionary<string, ResourceQuantity>(StringComparer.Ordinal);
        if (quota?.Apps is { } apps)
            hard[$"count/apps.{ApiGroup.Name}"] = new($"{apps}");
        if (quota?.Pods is { } pods)
            hard["pods"] = new($"{pods}");
        if (quota?.Cpu is { } cpu)
            hard["requests.cpu"] = cpu;
        if (quota?.Memory is { } memory)
            hard["limits.memory"] = memory;
        return hard;
    }
}

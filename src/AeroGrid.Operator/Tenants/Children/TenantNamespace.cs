using k8s.Models;

namespace AeroGrid.Operator.Tenants.Children;

/// <summary>The namespace of a tenant. Where Istio runs, it puts its proxy into the namespace's pods.</summary>
internal static class TenantNamespace
{
    public static V1Namespace Create(TenantRun run) => new()
    {
        Metadata = new()
        {
            Name = run.Namespace,
            Labels = new Dictionary<string, string>(run.Labels()) { ["istio-injection"] = "enabled" },
        },
    };
}

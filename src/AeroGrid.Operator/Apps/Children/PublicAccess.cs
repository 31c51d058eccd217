using AeroGrid.Api;
using AeroGrid.Operator.Istio;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>The policy of an app that everyone may call: one empty rule, which every request matches. The tenant's own stays as it is.</summary>
internal static class PublicAccess
{
    public static AuthorizationPolicy Create(AppRun run) => new()
    {
        Metadata = new()
        {
            Name = Names.PublicAccess(run.Name),
            NamespaceProperty = run.Tenant,
            Labels = Labels.Of(run.Name),
        },
        Spec = new()
        {
            Selector = new() { MatchLabels = AppDeployment.Selector(run) },
            Action = "ALLOW",
            Rules = [new()],
        },
    };
}

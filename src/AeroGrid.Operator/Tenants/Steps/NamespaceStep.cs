using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Reconciling;
using AeroGrid.Operator.Tenants.Children;

using k8s.Models;

namespace AeroGrid.Operator.Tenants.Steps;

/// <summary>The tenant's namespace, in which everything else is made.</summary>
internal sealed class NamespaceStep(Reconciling.Children children, Informer<V1Namespace> namespaces) : IStep<TenantRun>
{
    public string Condition => ConditionTypes.Ready;

    public async Task<StepResult> RunAsync(TenantRun context, CancellationToken cancellationToken)
    {
        var cached = namespaces.Get(null, context.Namespace);
        if (cached is not null && Finalizers.IsDeleting(cached))
            return new StepResult.Waiting(Reasons.Pending, $"the old namespace {context.Namespace} is being removed first");
        await children.ApplyAsync(TenantNamespace.Create(context), context.Tenant, cached, cancellationToken);
        return new StepResult.Done(Reasons.Pending);
    }
}

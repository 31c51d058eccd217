using AeroGrid.Api;
using AeroGrid.Api.Tenants;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Controllers;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Reconciling;
using AeroGrid.Operator.Tenants.Steps;

using k8s.Models;

namespace AeroGrid.Operator.Tenants;

/// <summary>
/// Makes the namespace of a tenant and what guards it. Watches Tenants and Namespaces; writes Tenant.status, the Namespace and the policies
/// in it. A tenant that is deleted stays until its namespace is gone.
/// </summary>
internal sealed class TenantReconciler : IReconciler<Tenant>
{
    /// <summary>How often policies that someone changed by hand are put right, for they are not watched.</summary>
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(10);

    private readonly ResourceClient client;
    private readonly Informer<Tenant> tenants;
    private readonly Informer<V1Namespace> namespaces;
    private readonly Pipeline<TenantRun> pipeline;

    public TenantReconciler(ControllerManager manager, OperatorOptions options)
    {
        client = manager.Client;
        tenants = manager.Informer<Tenant>();
        namespaces = manager.Informer<V1Namespace>(Selections.Managed);
        var children = new Reconciling.Children(client);
        pipeline = new(
            [new NamespaceStep(children, namespaces), new PoliciesStep(client, children, options)],
            options.TimeProvider);
    }

    /// <summary>What is watched.</summary>
    public static void Configure(ControllerBuilder<Tenant> builder) => builder
        .IgnoreStatusChanges()
        .Owns<V1Namespace>(Selections.Managed)
        .Resync(Resync)
        .Workers(2);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (tenants.Get(key) is not { } tenant)
            return ReconcileResult.Done;
        if (Finalizers.IsDeleting(tenant))
            return await RemoveAsync(tenant, cancellationToken);

        tenant = await Finalizers.EnsureAsync(client, tenant, Labels.NamespaceFinalizer, cancellationToken);
        var run = new TenantRun { Tenant = tenant };
        var conditions = StatusWriter.Copy(tenant.Status?.Conditions);
        var outcome = await pipeline.RunAsync(run, conditions, tenant.Metadata.Generation, cancellationToken);
        var status = new TenantStatus
        {
            ObservedGeneration = tenant.Metadata.Generation,
            Namespace = outcome.Last is StepResult.Done ? run.Namespace : tenant.Status?.Namespace,
            Conditions = conditions,
        };
        if (!StatusWriter.Same(tenant.Status, status))
            await StatusWriter.ApplyAsync(client, tenant, new Tenant { Spec = null!, Status = status }, cancellationToken);
        return outcome.ToResult();
    }

    /// <summary>A namespace that is not this tenant's is left alone. The end of the namespace is watched.</summary>
    private async Task<ReconcileResult> RemoveAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(Names.Namespace(tenant.Metadata.Name));
        var found = await client.GetAsync<V1Namespace>(key, cancellationToken);
        if (found is null || !OwnerReferences.IsControlledBy(found, tenant))
            await Finalizers.RemoveAsync(client, tenant, Labels.NamespaceFinalizer, cancellationToken);
        else if (!Finalizers.IsDeleting(found))
            await client.DeleteAsync<V1Namespace>(key, new DeleteOptions { Uid = found.Metadata.Uid }, cancellationToken);
        return ReconcileResult.Done;
    }
}

using AeroGrid.Api;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Operator.Reconciling;
using AeroGrid.Operator.Tenants.Children;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Tenants.Steps;

/// <summary>
/// Quota, limits, network, access and rights: all at once. They are applied with every run and not cached: runs are few, and the server
/// writes nothing when nothing changes.
/// </summary>
internal sealed class PoliciesStep(ResourceClient client, Reconciling.Children children, OperatorOptions options) : IStep<TenantRun>
{
    public string Condition => ConditionTypes.Ready;

    public async Task<StepResult> RunAsync(TenantRun context, CancellationToken cancellationToken)
    {
        V1Secret environment;
        try
        {
            environment = TenantEnvironment.Create(context, await SecretsAsync(context, cancellationToken));
        }
        catch (KeyNotFoundException e)
        {
            return new StepResult.Stalled(Reasons.SecretNotFound, e.Message, After: TimeSpan.FromSeconds(30));
        }

        await Task.WhenAll(
        [
            ApplyAsync(TenantNetwork.DenyByDefault(context)),
            ApplyAsync(TenantNetwork.FromGateway(context, options.Gateway)),
            ApplyAsync(TenantNetwork.Egress(context)),
            ApplyAsync(TenantNetwork.StrictMutualTls(context)),
            ApplyAsync(TenantAccess.Tokens(context, options)),
            ApplyAsync(TenantAccess.DenyByDefault(context)),
            ApplyAsync(TenantAccess.Members(context, options)),
            ApplyAsync(TenantQuotas.Limits(context)),
            ApplyAsync(environment),
            TenantQuotas.Create(context) is { } quota ? ApplyAsync(quota) : DeleteAsync<V1ResourceQuota>(Names.TenantPolicy),
            .. TenantRoleBindings.Create(context).Select(ApplyAsync),
        ]);
        return new StepResult.Done(Reasons.Ready);

        Task ApplyAsync<T>(T intent)
            where T : class, IKubernetesObject<V1ObjectMeta> =>
            children.ApplyAsync(intent, context.Tenant, cached: null, cancellationToken);

        async Task DeleteAsync<T>(string name)
            where T : class, IKubernetesObject<V1ObjectMeta> =>
            await children.DeleteAsync(
                await client.GetAsync<T>(new ObjectKey(context.Namespace, name), cancellationToken), context.Tenant, cancellationToken);
    }

    private async Task<Dictionary<string, V1Secret>> SecretsAsync(TenantRun context, CancellationToken cancellationToken)
    {
        var names = (context.Tenant.Spec.Env ?? []).Select(variable => variable.ValueFrom?.SecretKeyRef.Name).OfType<string>().Distinct();
        var secrets = await Task.WhenAll(names.Select(name => client.GetAsync<V1Secret>(Names.SystemNamespace, name, cancellationToken)));
        return secrets.OfType<V1Secret>().ToDictionary(secret => secret.Metadata.Name, StringComparer.Ordinal);
    }
}

using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.Operator.Apps.Children;
using AeroGrid.Operator.Istio;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

namespace AeroGrid.Operator.Apps.Steps;

/// <summary>Service, route and access policy: the same for all versions, so they are made while the first image is.</summary>
internal sealed class RouteStep(
    Reconciling.Children children,
    string gateway,
    Informer<V1Service> services,
    Informer<VirtualService> routes,
    Informer<AuthorizationPolicy> policies) : IStep<AppRun>
{
    public string Condition => ConditionTypes.RouteReady;

    public async Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken)
    {
        var policy = policies.Get(context.Tenant, Names.PublicAccess(context.Name));
        await Task.WhenAll(
            children.ApplyAsync(
                AppService.Create(context), context.App, services.Get(context.Tenant, Names.Service(context.Name)), cancellationToken),
            children.ApplyAsync(
                AppRoute.Create(context, gateway), context.App, routes.Get(context.Tenant, Names.VirtualService(context.Name)), cancellationToken),
            context.App.Spec.Access == AppAccess.Public
                ? children.ApplyAsync(PublicAccess.Create(context), context.App, policy, cancellationToken)
                : children.DeleteAsync(policy, context.App, cancellationToken));
        return new StepResult.Done(Reasons.Routed);
    }
}

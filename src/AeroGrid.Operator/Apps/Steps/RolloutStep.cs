using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Operator.Apps.Children;
using AeroGrid.Operator.Reconciling;


namespace AeroGrid.Operator.Apps.Steps;

/// <summary>Records the version as a revision, and makes the Deployment run it: both at once.</summary>
internal sealed class RolloutStep(
    Reconciling.Children children, RevisionNumbers numbers) : IStep<AppRun>
{
    public string Condition => ConditionTypes.Available;

    public async Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken)
    {
        var (number, isNew) = numbers.For(context);
        var revision = isNew
            ? children.ApplyAsync<AppRevision>(AppRevisions.Create(context, number), context.App, cached: null, cancellationToken)
            : Task.CompletedTask;
        var deployment = children.ApplyAsync(
            AppDeployment.Create(context),
            context.App,
            context.Deployment,
            cancellationToken);
        await Task.WhenAll(revision, deployment);
        numbers.Written(context, number);
        context.Revision = number;
        context.Deployment = await deployment;
        return new StepResult.Done(Reasons.Deploying);
    }
}

using System.Text.Json;

using AeroGrid.Api;
using AeroGrid.Api.Images;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Oci.References;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

namespace AeroGrid.Operator.Images.Building;

/// <summary>
/// Builds of dependencies: one for all images of a tenant that ask for the same. Jobs carry the hash of what they build in a label, so that
/// whoever needs it finds the one that is at work.
/// </summary>
internal sealed class DependencyBuilds(
    ResourceClient client, Informer<V1Job> jobs, Informer<V1Pod> pods, OperatorOptions options)
{
    /// <summary>The index of Jobs and pods by tenant and dependencies.</summary>
    public const string Index = "dependencies";

    /// <summary>Looks again even without an event: a Job that ended at once may have done so before the Image's status told what it waits for.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <summary>The key of <see cref="Index"/>.</summary>
    public static string KeyOf(string tenant, string dependenciesHash) => $"{tenant}/{Names.Short(dependenciesHash)}";

    /// <summary>The key of a Job or pod of a build; null for others.</summary>
    public static string? KeyOf(V1ObjectMeta metadata) =>
        metadata.Labels is { } labels && labels.TryGetValue(Labels.Tenant, out var tenant) && labels.TryGetValue(Labels.Dependencies, out var hash)
            ? $"{tenant}/{hash}"
            : null;

    /// <summary>Starts a build, waits for one, or tells why there will be none.</summary>
    public async Task<StepResult> EnsureAsync(ImageRun run, ImageReference target, CancellationToken cancellationToken)
    {
        if (options.Builder is null)
            return new StepResult.Stalled(Reasons.DependenciesFailed, "this platform cannot install packages: leave requirements.txt out");

        // Failed before for good, and the Job is no longer there to tell: the spec has not changed, since it cannot.
        if (run.Image.Status is { Phase: ImagePhase.Failed, Build: { } failed } status && status.DependenciesHash == run.DependenciesHash)
        {
            run.Build = failed;
            var condition = Conditions.Find(status.Conditions, ConditionTypes.Ready)!;
            return new StepResult.Stalled(condition.Reason, condition.Message);
        }

        var key = KeyOf(run.Tenant, run.DependenciesHash!);
        var decision = BuildDecision.Of(jobs.ByIndex(Index, key), PodsOf, options.TimeProvider.GetUtcNow());
        switch (decision)
        {
            case BuildDecision.Start start:
                var job = await StartAsync(Plan(run, start.Attempt, target), cancellationToken);
                run.Build = Describe(job, null, run.Requirements);
                return Installing(run);
            case BuildDecision.Wait wait:
                run.Build = Describe(wait.Job, null, run.Requirements);
                return Installing(run);
            case BuildDecision.Pause pause:
                run.Build = Describe(pause.Job, pause.Failure, run.Requirements);
                return new StepResult.Waiting(
                    Reasons.Retrying, $"installing is tried again in {Math.Ceiling(pause.Rest.TotalSeconds):0} s: {FirstLine(pause.Failure.Message)}", pause.Rest);
            case BuildDecision.GiveUp giveUp:
                run.Build = Describe(giveUp.Job, giveUp.Failure, run.Requirements);
                return new StepResult.Stalled(
                    giveUp.Failure.Reason == "Timeout" ? Reasons.BuildTimedOut : Reasons.DependenciesFailed, ForPeople(giveUp.Failure, run.Build));
            default:
                throw new InvalidOperationException($"{decision} is not known.");
        }
    }

    /// <summary>What is known of the build of a run whose dependencies are in the registry: null when it needed none just now.</summary>
    public ImageBuild? Describe(ImageRun run)
    {
        var last = jobs.ByIndex(Index, KeyOf(run.Tenant, run.DependenciesHash!)).MaxBy(BuildDecision.AttemptOf);
        return last is null ? run.Image.Status?.Build : Describe(last, null, run.Requirements);
    }

    private IEnumerable<V1Pod> PodsOf(V1Job job) => KeyOf(job.Metadata) is { } key
        ? pods.ByIndex(Index, key).Where(pod => OwnerReferences.IsControlledBy(pod, job))
        : [];

    private BuildPlan Plan(ImageRun run, int attempt, ImageReference target) => new(
        run.Tenant,
        run.DependenciesHash!,
        attempt,
        run.Requirements.Text,
        run.RuntimeImage!.ToString(),
        target.ToString(),
        run.TenantObject?.Spec.AllowSourceBuilds ?? false,
        run.TenantObject?.Spec.PackageIndexUrl ?? options.Builder!.PackageIndexUrl,
        run.Image.Spec.Builder?.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Builder!.TimeLimit);

    /// <summary>ConfigMap and credential first, so that the pod need not wait for them; then the ConfigMap is made the Job's, to go with it.</summary>
    private async Task<V1Job> StartAsync(BuildPlan plan, CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            client.ApplyAsync(BuildJob.Source(plan), ApiGroup.FieldManager, force: true, cancellationToken),
            client.ApplyAsync(PushCredential(), ApiGroup.FieldManager, force: true, cancellationToken));
        var job = await client.ApplyAsync(BuildJob.Create(plan, options), ApiGroup.FieldManager, force: true, cancellationToken);
        await client.ApplyAsync(BuildJob.Source(plan).OwnedBy(job), ApiGroup.FieldManager, force: true, cancellationToken);
        return job;
    }

    private V1Secret PushCredential()
    {
        var auths = options.RegistryCredential is { } credential
            ? new Dictionary<string, object> { [options.Registry] = new { username = credential.User, password = credential.Password } }
            : [];
        return new()
        {
            Metadata = new()
            {
                Name = Names.PushCredential,
                NamespaceProperty = Names.BuildsNamespace,
                Labels = new Dictionary<string, string> { [Labels.ManagedBy] = Labels.Manager },
            },
            Type = "kubernetes.io/dockerconfigjson",
            Data = new Dictionary<string, byte[]> { [".dockerconfigjson"] = JsonSerializer.SerializeToUtf8Bytes(new { auths }) },
        };
    }

    private static StepResult.Waiting Installing(ImageRun run) =>
        new(Reasons.Building, $"installing {run.Requirements.All.Count} {(run.Requirements.All.Count == 1 ? "requirement" : "requirements")}", LookAgain);

    private static ImageBuild Describe(V1Job job, BuildFailure? failure, Requirements requirements)
    {
        // The build may have been another app's with the same requirements: the line is that of this app's file.
        var requirement = requirements.Find(failure?.Requirement);
        return new()
        {
            JobName = job.Metadata.Name,
            Attempts = BuildDecision.AttemptOf(job),
            Started = job.Status?.StartTime ?? job.Metadata.CreationTimestamp,
            Finished = BuildDecision.Finished(job)?.UtcDateTime,
            Reason = failure?.Reason,
            Requirement = requirement?.Typed ?? failure?.Requirement,
            Line = requirement?.Line,
            Log = failure?.Message,
        };
    }

    private static string ForPeople(BuildFailure failure, ImageBuild build)
    {
        var what = FirstLine(failure.Message);
        return build switch
        {
            { Requirement: { } requirement, Line: { } line } => $"requirements.txt line {line}: {requirement}: {what}",
            { Requirement: { } requirement } => $"requirements.txt: {requirement}: {what}",
            _ => $"requirements.txt: {what}",
        };
    }

    private static string FirstLine(string text) => text.Split('\n')[0];
}

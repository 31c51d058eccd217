using k8s.Models;

using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Apps;

/// <summary>Sums a run up in the status of an app.</summary>
internal static class AppStatuses
{
    /// <summary>Makes the status of a run. Conditions of the steps are set already.</summary>
    public static AppStatus Sum(AppRun run, PipelineOutcome outcome, List<V1Condition> conditions, Uri appsUrl, TimeProvider time)
    {
        var ready = run.Pods.Where(IsReady).ToList();
        var phase = Phase(run, outcome);
        SetReady(run, outcome, phase, conditions, time);
        return new()
        {
            Phase = phase,
            ObservedGeneration = run.App.Metadata.Generation,
            Revision = Serving(run, outcome, ready) ?? run.App.Status?.Revision,
            Image = run.Image?.Status?.Image ?? run.App.Status?.Image,
            Url = new Uri(appsUrl, Names.AppPath(run.Tenant, run.Name)).ToString(),
            Replicas = run.Pods.Count,
            ReadyReplicas = ready.Count,
            Conditions = conditions,
        };
    }

    private static AppPhase Phase(AppRun run, PipelineOutcome outcome) => outcome switch
    {
        _ when run.IsStopped => run.Pods.Count == 0 && run.Deployment?.Spec?.Replicas is null or 0 ? AppPhase.Stopped : AppPhase.Deploying,
        { Last: StepResult.Done } => AppPhase.Running,
        { Last: StepResult.Stalled } => AppPhase.Failed,
        { Last: StepResult.Waiting, Condition: ConditionTypes.ImageReady } => AppPhase.Building,
        { Last: StepResult.Waiting } => AppPhase.Deploying,
        _ => run.App.Status?.Phase ?? AppPhase.Pending,
    };

    /// <summary>Ready is what the last step said: the first that is not as wanted is what a person has to know.</summary>
    private static void SetReady(AppRun run, PipelineOutcome outcome, AppPhase phase, List<V1Condition> conditions, TimeProvider time)
    {
        var cause = Conditions.Find(conditions, outcome.Condition);
        var (status, reason, message) = (phase, outcome.Last) switch
        {
            (AppPhase.Running, StepResult.Done) => ((bool?)true, Reasons.Ready, ""),
            (AppPhase.Stopped, _) => (false, Reasons.Stopped, "spec.state is Stopped"),
            (_, StepResult.Stalled) => (false, cause!.Reason, cause.Message),
            _ => (null, cause?.Reason ?? Reasons.Pending, cause?.Message ?? ""),
        };
        Conditions.Set(conditions, ConditionTypes.Ready, status, reason, message, run.App.Metadata.Generation, time);
    }

    /// <summary>
    /// The number of the version that serves. While two do, it is the older one: the newer counts when nothing else serves. Null when none
    /// does.
    /// </summary>
    private static long? Serving(AppRun run, PipelineOutcome outcome, List<V1Pod> ready)
    {
        if (outcome is { Last: StepResult.Done })
            return run.Revision;
        var numbers = run.Revisions.ToDictionary(RevisionNumbers.VersionOf, revision => revision.Revision, StringComparer.Ordinal);
        return ready
            .Select(pod => pod.Metadata.Labels.TryGetValue(Labels.Version, out var version) && numbers.TryGetValue(version, out var number)
                ? (Version: version, Number: (long?)number)
                : default)
            .Where(serving => serving.Number is not null)
            .OrderBy(serving => serving.Version == run.Version)
            .Select(serving => serving.Number)
            .FirstOrDefault();
    }

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;
}

using k8s.Models;

using AeroGrid.Api.Images;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Images;

/// <summary>Sums a run up in the status of an Image. The condition Ready is set already.</summary>
internal static class ImageStatuses
{
    public static ImageStatus Sum(ImageRun run, PipelineOutcome outcome, List<V1Condition> conditions)
    {
        var old = run.Image.Status;
        return new()
        {
            Phase = outcome.Last switch
            {
                StepResult.Done => ImagePhase.Ready,
                StepResult.Stalled => ImagePhase.Failed,
                StepResult.Waiting => ImagePhase.Building,
                _ => old?.Phase ?? ImagePhase.Pending,
            },
            ObservedGeneration = run.Image.Metadata.Generation,
            Image = run.Result?.ToString() ?? old?.Image,
            RuntimeImage = run.RuntimeImage?.ToString() ?? old?.RuntimeImage,
            DependenciesHash = run.DependenciesHash ?? old?.DependenciesHash,
            SourceHash = run.SourceHash ?? old?.SourceHash,
            Build = run.Build ?? old?.Build,
            Conditions = conditions,
        };
    }
}

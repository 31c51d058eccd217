using AeroGrid.Api;
using AeroGrid.Api.Runtimes;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.Operator.Apps;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

namespace AeroGrid.Operator.Images.Steps;

/// <summary>Reads the files and computes what identifies dependencies and image.</summary>
internal sealed class PlanStep(ResourceClient client, Informer<Runtime> runtimes, string? packageIndex, TimeProvider time) : IStep<ImageRun>
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    public string Condition => ConditionTypes.Ready;

    public async Task<StepResult> RunAsync(ImageRun context, CancellationToken cancellationToken)
    {
        if (runtimes.Get(null, context.Image.Spec.Runtime) is not { } runtime || context.RuntimeImage is not { } runtimeImage)
        {
            return new StepResult.Stalled(
                Reasons.RuntimeNotFound, $"spec.runtime: there is no runtime {context.Image.Spec.Runtime}: name one of kubectl get runtimes");
        }

        var name = context.Image.Spec.Source.ConfigMapRef.Name;
        if (await client.GetAsync<V1ConfigMap>(context.Tenant, name, cancellationToken) is not { } source)
            return new StepResult.Waiting(Reasons.Pending, $"waiting for the ConfigMap {name}", Pause(context));
        context.Files = SourceFiles.Decode(source.Data);
        context.Requirements = Requirements.Parse(
            context.Files.FirstOrDefault(file => file.Path == runtime.Spec.RequirementsFile)?.Content);
        context.DependenciesHash = ImageHashes.Dependencies(
            runtimeImage,
            context.Requirements,
            context.TenantObject?.Spec.PackageIndexUrl ?? packageIndex,
            context.TenantObject?.Spec.AllowSourceBuilds ?? false);
        context.SourceHash = ImageHashes.Source(context.DependenciesHash, context.Files);
        return new StepResult.Done(Reasons.Pending);
    }

    /// <summary>
    /// The App reconciler writes the ConfigMap at the same time as the Image: it is about to come, if the Image is new. It is not watched,
    /// so the pause is as long as the Image is old already.
    /// </summary>
    private TimeSpan Pause(ImageRun run)
    {
        var age = time.GetUtcNow() - new DateTimeOffset(run.Image.Metadata.CreationTimestamp ?? default, TimeSpan.Zero);
        return age < ShortestPause ? ShortestPause : age > LongestPause ? LongestPause : age;
    }
}

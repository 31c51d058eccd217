using AeroGrid.Api;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;
using AeroGrid.Operator.Images.Building;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Images.Steps;

/// <summary>Sees to it that the dependencies are in the registry. Nothing to install: the runtime's own image is it.</summary>
internal sealed class DependenciesStep(RegistryClient registry, string registryName, DependencyBuilds builds) : IStep<ImageRun>
{
    public string Condition => ConditionTypes.Ready;

    public async Task<StepResult> RunAsync(ImageRun context, CancellationToken cancellationToken)
    {
        if (context.Requirements.IsEmpty)
        {
            context.BaseImage = context.RuntimeImage;
            return new StepResult.Done(Reasons.Pending);
        }

        var tag = Tag(registryName, context.Tenant, context.DependenciesHash!);
        if (await registry.FindManifestAsync(tag, cancellationToken) is { } found)
        {
            context.BaseImage = tag.At(found.Digest);
            context.Build = builds.Describe(context);
            return new StepResult.Done(Reasons.Pending);
        }

        return await builds.EnsureAsync(context, tag, cancellationToken);
    }

    /// <summary>The tag under which dependencies are pushed.</summary>
    public static ImageReference Tag(string registry, string tenant, string dependenciesHash) =>
        ImageReference.Parse($"{registry}/{Names.DependenciesRepository(tenant)}:{dependenciesHash}");
}

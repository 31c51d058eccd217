using AeroGrid.Api;
using AeroGrid.Api.Images;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Apps.Children;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

namespace AeroGrid.Operator.Apps.Steps;

/// <summary>Writes the files into a ConfigMap, and the Image that is made of them: both at once, and both only for a new version.</summary>
internal sealed class SourceStep(Reconciling.Children children, Informer<Image> images) : IStep<AppRun>
{
    public string Condition => ConditionTypes.ImageReady;

    public async Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken)
    {
        var cached = images.Get(context.Tenant, Names.Image(context.Name, context.Version));
        if (cached is not null && Finalizers.IsDeleting(cached))
            return new StepResult.Waiting(Reasons.Pending, "an old image of the same files is being removed first");

        // The ConfigMap is not cached, since it holds what the App holds already. Once the image is made nothing reads it any more.
        var source = cached?.Status?.Phase == ImagePhase.Ready
            ? Task.CompletedTask
            : children.ApplyAsync<V1ConfigMap>(SourceConfigMap.Create(context), context.App, cached: null, cancellationToken);
        var image = children.ApplyAsync(AppImage.Create(context), context.App, cached, cancellationToken);
        await Task.WhenAll(source, image);
        context.Image = await image;
        return new StepResult.Done(Reasons.Building);
    }
}

using AeroGrid.Api;
using AeroGrid.Oci.Building;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.References;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Images.Steps;

/// <summary>
/// Puts one layer with the files on the image with the dependencies, through the registry's HTTP API: no job, milliseconds. The image is
/// a function of its input, so two operators that do it at once push the same bytes.
/// </summary>
internal sealed class CodeStep(RegistryClient registry, string registryName, BaseImages baseImages) : IStep<ImageRun>
{
    /// <summary>Where runtimes look for the app's files.</summary>
    private const string Folder = "app";

    public string Condition => ConditionTypes.Ready;

    public async Task<StepResult> RunAsync(ImageRun context, CancellationToken cancellationToken)
    {
        var target = Tag(registryName, context.Tenant, context.AppName, context.SourceHash!);
        if (await registry.FindManifestAsync(target, cancellationToken) is { } found)
        {
            context.Result = target.At(found.Digest);
            return new StepResult.Done(Reasons.Built);
        }

        var layer = LayerBuilder.Build(context.Files.Select(file => LayerFile.Text($"{Folder}/{file.Path}", file.Content)));
        var image = ImageBuilder.AppendLayer(await baseImages.GetAsync(context.BaseImage!, cancellationToken), layer, new()
        {
            CreatedBy = "aerogrid: the app's files",
            Labels = new Dictionary<string, string>
            {
                ["aerogrid.io/runtime"] = context.Image.Spec.Runtime,
                ["aerogrid.io/dependencies-hash"] = context.DependenciesHash!,
                ["aerogrid.io/source-hash"] = context.SourceHash!,
            },
        });
        context.Result = await registry.PushImageAsync(target, image, context.BaseImage!.Repository, cancellationToken);
        return new StepResult.Done(Reasons.Built);
    }

    /// <summary>The tag under which an image is pushed.</summary>
    public static ImageReference Tag(string registry, string tenant, string app, string sourceHash) =>
        ImageReference.Parse($"{registry}/{Names.Repository(tenant, app)}:{sourceHash}");
}

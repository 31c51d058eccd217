using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Oci.Distribution;
using AeroGrid.Operator.Images.Steps;

using ApiImage = AeroGrid.Api.Images.Image;

namespace AeroGrid.Operator.Images;

/// <summary>
/// Takes the tags of a deleted Image out of the registry, unless another Image still stands for the same; the registry's garbage collection
/// does the rest.
/// </summary>
internal sealed class ImageRemoval(ResourceClient client, RegistryClient registry, string registryName, Informer<ApiImage> images)
{
    /// <summary>The index of Images by tenant and dependenciesHash.</summary>
    public const string DependenciesIndex = "dependencies";

    /// <summary>The key of <see cref="DependenciesIndex"/>.</summary>
    public static IEnumerable<string> KeysOf(ApiImage image) =>
        image.Status?.DependenciesHash is { } hash ? [$"{image.Metadata.NamespaceProperty}/{hash}"] : [];

    public async Task RemoveAsync(ApiImage image, CancellationToken cancellationToken)
    {
        if (!Finalizers.Has(image, Labels.RegistryFinalizer))
            return;
        var tenant = image.Metadata.NamespaceProperty;
        if (image.Status is { SourceHash: { } sourceHash, Image: not null } && !Others(image).Any(other => IsSame(other, image)))
        {
            var tag = CodeStep.Tag(registryName, tenant, ImageRun.AppOf(image), sourceHash);
            await registry.DeleteManifestAsync(tag, cancellationToken);
        }

        if (image.Status?.DependenciesHash is { } hash && !Others(image).Any())
            await registry.DeleteManifestAsync(DependenciesStep.Tag(registryName, tenant, hash), cancellationToken);
        await Finalizers.RemoveAsync(client, image, Labels.RegistryFinalizer, cancellationToken);
    }

    /// <summary>Images with the same dependencies that stay.</summary>
    private IEnumerable<ApiImage> Others(ApiImage image) => KeysOf(image)
        .SelectMany(key => images.ByIndex(DependenciesIndex, key))
        .Where(other => other.Metadata.Uid != image.Metadata.Uid && !Finalizers.IsDeleting(other));

    private static bool IsSame(ApiImage left, ApiImage right) =>
        left.Status?.SourceHash == right.Status?.SourceHash && ImageRun.AppOf(left) == ImageRun.AppOf(right);
}

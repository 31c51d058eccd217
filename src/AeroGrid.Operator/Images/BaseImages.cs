using System.Collections.Concurrent;

using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;

using OciImage = AeroGrid.Oci.Building.Image;

namespace AeroGrid.Operator.Images;

/// <summary>Manifests and configurations of the images that code is put on. They are few, small, and by digest, so they are kept.</summary>
internal sealed class BaseImages(RegistryClient registry)
{
    private const int Kept = 256;

    private readonly ConcurrentDictionary<ImageReference, OciImage> images = new();

    public async ValueTask<OciImage> GetAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        if (images.TryGetValue(reference, out var known))
            return known;
        var image = await registry.GetImageAsync(reference, cancellationToken);
        if (images.Count >= Kept)
            images.Clear();
        return images[reference] = image;
    }
}

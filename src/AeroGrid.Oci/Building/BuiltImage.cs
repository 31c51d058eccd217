using AeroGrid.Oci.Layers;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Building;

/// <summary>A new image, ready to be pushed. Everything in it is a function of the base image, the layers and the changes.</summary>
/// <param name="Image">The image.</param>
/// <param name="ManifestContent">Bytes of the manifest.</param>
/// <param name="ConfigurationContent">Bytes of the configuration.</param>
/// <param name="NewLayers">The layers which the base image does not have.</param>
public sealed record BuiltImage(
    Image Image, ReadOnlyMemory<byte> ManifestContent, ReadOnlyMemory<byte> ConfigurationContent, IReadOnlyList<Layer> NewLayers)
{
    /// <summary>Of the manifest: the image's digest.</summary>
    public Descriptor Descriptor => Image.Descriptor;
}

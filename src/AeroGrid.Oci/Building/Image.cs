using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Building;

/// <summary>An image without its layers' content: what is needed to build on it.</summary>
/// <param name="Descriptor">Of the manifest, as the registry has it.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Configuration">Its configuration.</param>
public sealed record Image(Descriptor Descriptor, ImageManifest Manifest, ImageConfiguration Configuration);

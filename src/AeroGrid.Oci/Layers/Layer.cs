using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Layers;

/// <summary>A layer at hand, ready to be pushed.</summary>
/// <param name="Descriptor">Type, digest and size of the content.</param>
/// <param name="DiffId">Digest of the uncompressed tar file.</param>
/// <param name="Content">The bytes.</param>
public sealed record Layer(Descriptor Descriptor, Digest DiffId, ReadOnlyMemory<byte> Content);

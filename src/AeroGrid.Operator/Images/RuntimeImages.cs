using System.Collections.Concurrent;

using AeroGrid.Api.Runtimes;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;

namespace AeroGrid.Operator.Images;

/// <summary>
/// The images of runtimes, always by digest. A Runtime that names its image by tag is asked about once: a tag that moves later changes no
/// app before the Runtime is written again, or the operator starts anew.
/// </summary>
internal sealed class RuntimeImages(RegistryClient registry, IReadOnlyDictionary<string, string> configured)
{
    private readonly ConcurrentDictionary<(string Image, string? Version), ImageReference> resolved = new();

    /// <exception cref="RegistryNotFoundException">The registry has no such image.</exception>
    public async ValueTask<ImageReference> OfAsync(Runtime runtime, CancellationToken cancellationToken)
    {
        var text = configured.GetValueOrDefault(runtime.Metadata.Name) ?? runtime.Spec.Image;
        var reference = ImageReference.Parse(text);
        if (reference.Digest is { } digest)
            return reference.At(digest);
        var key = (text, runtime.Metadata.ResourceVersion);
        if (resolved.TryGetValue(key, out var known))
            return known;
        var found = await registry.FindManifestAsync(reference, cancellationToken)
            ?? throw new RegistryNotFoundException($"The image {reference} of the runtime {runtime.Metadata.Name} is not in the registry.");
        return resolved[key] = reference.At(found.Digest);
    }
}

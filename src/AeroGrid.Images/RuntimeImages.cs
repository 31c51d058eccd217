using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Images;

/// <summary>The platform's own images in a registry, each by digest.</summary>
/// <param name="Runtimes">By the name of the runtime: <c>python</c>, <c>python-web</c>.</param>
/// <param name="Builder">The image of the dependency build's containers; its contract is in <c>deploy/images/builder/README.md</c>.</param>
public sealed record PushedImages(IReadOnlyDictionary<string, ImageReference> Runtimes, ImageReference Builder);

/// <summary>Makes the images of <c>deploy/images</c> and pushes them.</summary>
public static class RuntimeImages
{
    private const string BuilderName = "builder";
    private const int TagLength = 12;

    /// <summary>The runtimes that have an image.</summary>
    public static IReadOnlyList<string> RuntimeNames { get; } = ["python", "python-web"];

    /// <summary>
    /// Pushes all images to <c>registry/aerogrid/name</c>, tagged with the start of their digest: a new version of the platform adds images and takes none
    /// away, so that apps made with the old ones go on. What the registry has is left alone.
    /// </summary>
    /// <param name="client">A client that may push.</param>
    /// <param name="registry">Name of the registry, for example <c>registry.aerogrid.local</c>.</param>
    /// <param name="platform">What the images run on; null for this machine. Dependency images hold compiled code, hence the runtimes beneath have a processor.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RegistryException">The registry did not take them.</exception>
    public static async Task<PushedImages> PushAsync(
        RegistryClient client, string registry, Platform? platform = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var builder = PushAsync(client, registry, BuilderName, platform, cancellationToken);
        var runtimes = await Task.WhenAll(RuntimeNames.Select(
            async name => (Name: name, Image: await PushAsync(client, registry, name, platform, cancellationToken))));
        return new PushedImages(runtimes.ToDictionary(r => r.Name, r => r.Image), await builder);
    }

    private static async Task<ImageReference> PushAsync(
        RegistryClient client, string registry, string name, Platform? platform, CancellationToken cancellationToken)
    {
        var image = ImageDefinition.Load(name).Build(platform ?? Platform.Current);
        var digest = image.Descriptor.Digest;
        var target = new ImageReference(new RepositoryName(registry, $"aerogrid/{name}"), digest.Hex[..TagLength], null);
        return await client.FindManifestAsync(target, cancellationToken) is { } existing && existing.Digest == digest
            ? target.At(digest)
            : await client.PushImageAsync(target, image, cancellationToken: cancellationToken);
    }
}

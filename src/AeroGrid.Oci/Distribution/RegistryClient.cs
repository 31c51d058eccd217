using System.Text.Json;
using AeroGrid.Oci.Building;
using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.Oci.Distribution;

/// <summary>
/// Client of registries that speak the OCI distribution specification 1.1: basic and bearer authentication, attempts, resumed transfers, and every
/// byte checked against its digest. Thread-safe; keep one for the life of the program.
/// </summary>
/// <remarks>
/// All methods throw <see cref="RegistryUnauthorizedException"/>, <see cref="RegistryNotFoundException"/> (where null or false does not already say
/// it), <see cref="RegistryUnavailableException"/>, <see cref="ContentMismatchException"/>, and <see cref="RegistryException"/> for everything else.
/// </remarks>
public sealed partial class RegistryClient : IDisposable
{
    private readonly RegistryClientOptions options;
    private readonly ILogger logger;
    private readonly RegistryTransport transport;

    /// <summary>Creates a client; no request is sent.</summary>
    public RegistryClient(RegistryClientOptions options, ILogger<RegistryClient>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        this.logger = logger ?? NullLogger<RegistryClient>.Instance;
        transport = new RegistryTransport(options, this.logger);
    }

    /// <inheritdoc/>
    public void Dispose() => transport.Dispose();

    /// <summary>Gets what is needed to build on an image, or to run it. An index is resolved to the image for this machine.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Image> GetImageAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        var manifest = await GetManifestAsync(reference, cancellationToken);
        if (MediaTypes.IsIndex(manifest.Descriptor.MediaType))
        {
            var choice = ChoosePlatform(reference, manifest.Content.Span);
            manifest = await GetManifestAsync(reference.At(choice.Digest), cancellationToken);
        }

        var parsed = Parse(reference, manifest.Content.Span, ImageManifest.Parse);
        var configuration = await GetDocumentAsync(reference.Repository, parsed.Config, cancellationToken);
        return new Image(manifest.Descriptor, parsed, Parse(reference, configuration, ImageConfiguration.Parse));
    }

    /// <summary>
    /// Pushes an image: new layers and configuration side by side, layers of the base image mounted or copied, at last the manifest. What the registry has
    /// is not sent again, so pushing the same image twice costs a few requests.
    /// </summary>
    /// <param name="target">Repository and tag, or digest, of the new image.</param>
    /// <param name="image">What <see cref="ImageBuilder"/> made.</param>
    /// <param name="baseRepository">Where the base image's layers are, in the same registry; null when it has none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The image by digest.</returns>
    public async Task<ImageReference> PushImageAsync(
        ImageReference target, BuiltImage image, RepositoryName? baseRepository = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(image);
        var repository = target.Repository;
        var added = image.NewLayers.DistinctBy(l => l.Descriptor.Digest).ToDictionary(l => l.Descriptor.Digest);
        List<Task> pushes = [.. added.Values.Select(l => PushBlobAsync(repository, l.Descriptor, l.Content, cancellationToken))];
        pushes.Add(PushBlobAsync(repository, image.Image.Manifest.Config, image.ConfigurationContent, cancellationToken));
        pushes.AddRange(
            from layer in image.Image.Manifest.Layers.DistinctBy(l => l.Digest)
            where !added.ContainsKey(layer.Digest)
            select TransferBlobAsync(baseRepository ?? repository, repository, layer, cancellationToken));
        await Task.WhenAll(pushes);
        await PushManifestAsync(target, image.ManifestContent, image.Descriptor.MediaType, cancellationToken);
        return target.At(image.Descriptor.Digest);
    }

    private static Descriptor ChoosePlatform(ImageReference reference, ReadOnlySpan<byte> content)
    {
        var index = Parse(reference, content, ImageIndex.Parse);
        return index.Manifests.FirstOrDefault(m => m.Platform is { } p && p.OperatingSystem == Platform.Current.OperatingSystem && p.Architecture == Platform.Current.Architecture)
            ?? throw new RegistryException($"The image {reference} is not made for linux/{Platform.Current.Architecture}.");
    }

    private delegate T Parser<out T>(ReadOnlySpan<byte> json);

    private static T Parse<T>(ImageReference reference, ReadOnlySpan<byte> json, Parser<T> parse)
    {
        try
        {
            return parse(json);
        }
        catch (JsonException e)
        {
            throw new RegistryException($"The image {reference} is not an OCI image: {e.Message}", null, e);
        }
    }
}

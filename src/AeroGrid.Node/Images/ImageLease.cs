using AeroGrid.Oci.Specification;

namespace AeroGrid.Node.Images;

/// <summary>An image whose layers are on this machine and stay there until this is disposed.</summary>
internal sealed class ImageLease(string id, ImageConfiguration configuration, IReadOnlyList<LayerContent> layers, Action release) : IDisposable
{
    private Action? _release = release;

    /// <summary>Repository and digest of the manifest, as a container's status shows it (<c>imageID</c>).</summary>
    public string Id => id;

    /// <summary>How a container of it is started.</summary>
    public ImageConfiguration Configuration => configuration;

    /// <summary>Its layers, base first.</summary>
    public IReadOnlyList<LayerContent> Layers => layers;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}

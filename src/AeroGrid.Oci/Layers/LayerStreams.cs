using System.IO.Compression;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Layers;

/// <summary>Reads layers of anyone: AeroGrid's own are plain tar files, those of others are usually gzipped.</summary>
public static class LayerStreams
{
    /// <summary>The tar file inside a layer, as <see cref="System.Formats.Tar.TarReader"/> reads it. Disposing it disposes the content.</summary>
    /// <exception cref="NotSupportedException">The compression is none that this library knows.</exception>
    public static Stream OpenTar(Stream content, string mediaType) => mediaType switch
    {
        MediaTypes.Layer => content,
        MediaTypes.LayerGzip or MediaTypes.DockerLayerGzip => new GZipStream(content, CompressionMode.Decompress),
        _ => throw new NotSupportedException($"Layers of the type '{mediaType}' are not supported: push the image with gzip compression or none."),
    };
}

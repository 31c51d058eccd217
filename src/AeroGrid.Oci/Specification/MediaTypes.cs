namespace AeroGrid.Oci.Specification;

/// <summary>Media types of the OCI image specification, and those of Docker that mean the same.</summary>
public static class MediaTypes
{
    /// <summary>An image for one platform.</summary>
    public const string ImageManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>A list of images, usually one for each platform.</summary>
    public const string ImageIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>An image's configuration.</summary>
    public const string ImageConfiguration = "application/vnd.oci.image.config.v1+json";

    /// <summary>A layer as a plain tar file: what AeroGrid makes.</summary>
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>A layer as a gzipped tar file.</summary>
    public const string LayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>Docker's manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Docker's manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker's layer, gzipped.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Every manifest type that this library reads, as asked for with <c>Accept</c>.</summary>
    public static IReadOnlyList<string> Manifests { get; } = [ImageManifest, ImageIndex, DockerManifest, DockerManifestList];

    /// <summary>Whether the type lists other manifests.</summary>
    public static bool IsIndex(string? mediaType) => mediaType is ImageIndex or DockerManifestList;
}

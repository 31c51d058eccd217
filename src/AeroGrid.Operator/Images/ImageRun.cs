using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.Api.Tenants;
using AeroGrid.Oci.References;

using ApiImage = AeroGrid.Api.Images.Image;

namespace AeroGrid.Operator.Images;

/// <summary>What the steps of one run for an Image share. Objects from caches must not be changed.</summary>
internal sealed class ImageRun
{
    /// <summary>The Image as the cache shows it.</summary>
    public required ApiImage Image { get; init; }

    /// <summary>Its namespace, which is the tenant.</summary>
    public string Tenant => Image.Metadata.NamespaceProperty;

    /// <summary>The tenant's object; null when there is none.</summary>
    public required Tenant? TenantObject { get; init; }

    /// <summary>The runtime's image by digest, once it is known.</summary>
    public ImageReference? RuntimeImage { get; set; }

    /// <summary>The files, once they are read.</summary>
    public IReadOnlyList<AppFile> Files { get; set; } = [];

    /// <summary>The packages to install, once they are read.</summary>
    public Requirements Requirements { get; set; } = Requirements.None;

    /// <summary>What identifies the dependencies; null while not known.</summary>
    public string? DependenciesHash { get; set; }

    /// <summary>What identifies the image; null while not known.</summary>
    public string? SourceHash { get; set; }

    /// <summary>The image that the code is put on, once it is there.</summary>
    public ImageReference? BaseImage { get; set; }

    /// <summary>The image by digest, once it is in the registry.</summary>
    public ImageReference? Result { get; set; }

    /// <summary>What is known of a build of dependencies.</summary>
    public ImageBuild? Build { get; set; }

    /// <summary>The app that it is of, which names its repository.</summary>
    public string AppName => AppOf(Image);

    /// <summary>The app that an Image is of.</summary>
    public static string AppOf(ApiImage image) =>
        image.Metadata.Labels is { } labels && labels.TryGetValue(Labels.Instance, out var app) ? app : image.Metadata.Name;
}

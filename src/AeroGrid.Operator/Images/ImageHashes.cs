using AeroGrid.Api.Apps;
using AeroGrid.Oci.References;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Images;

/// <summary>What identifies the content of images. Equal hashes mean equal images, on any machine.</summary>
internal static class ImageHashes
{
    /// <summary>The runtime's image, what is to be installed, and from where and how it may be.</summary>
    public static string Dependencies(ImageReference runtimeImage, Requirements requirements, string? packageIndex, bool allowSourceBuilds) =>
        ContentHash.Of(
            "dependencies", runtimeImage.ToString(), requirements.Normal, packageIndex ?? "", allowSourceBuilds ? "sources" : "wheels");

    /// <summary>The dependencies and the files.</summary>
    public static string Source(string dependenciesHash, IEnumerable<AppFile> files) =>
        ContentHash.Of(["source", dependenciesHash, .. ContentHash.TextsOf(files)]);
}

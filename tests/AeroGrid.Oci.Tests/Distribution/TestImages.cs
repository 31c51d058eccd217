using AeroGrid.Oci.Building;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Tests.Distribution;

internal static class TestImages
{
    /// <summary>A base image whose one file has this content.</summary>
    public static BuiltImage Base(string content = "base") => ImageBuilder.Create(
        Platform.Current,
        new ContainerConfiguration { Entrypoint = ["python3", "-u", "app.py"] },
        LayerBuilder.Build([LayerFile.Text("base.txt", content)]),
        new ImageChanges());

    /// <summary>An app on a base image.</summary>
    public static BuiltImage App(Image baseImage, string code) =>
        ImageBuilder.AppendLayer(baseImage, LayerBuilder.Build([LayerFile.Text("app/app.py", code)]), new ImageChanges());

    /// <summary>Bytes that no compression or caching makes small, the same for the same seed.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static Descriptor Blob(byte[] content) => Descriptor.Of("application/octet-stream", content);
}

using System.Reflection;
using System.Text.Json;
using AeroGrid.Oci.Building;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Images;

/// <summary>An image of <c>deploy/images</c>, read from the resources of this assembly.</summary>
internal sealed record ImageDefinition(string Name, ContainerConfiguration Container, IReadOnlyList<LayerFile> Files)
{
    private const string FilesFolder = "rootfs/";

    /// <exception cref="InvalidOperationException">There is no image of this name.</exception>
    public static ImageDefinition Load(string name)
    {
        var assembly = typeof(ImageDefinition).Assembly;
        var folder = name + "/";
        using var configuration = assembly.GetManifestResourceStream(folder + "config.json")
            ?? throw new InvalidOperationException($"The image {name} is not part of this program.");
        var files =
            from resource in assembly.GetManifestResourceNames()
            where resource.StartsWith(folder + FilesFolder, StringComparison.Ordinal)
            select new LayerFile(resource[(folder.Length + FilesFolder.Length)..], Read(assembly, resource));
        return new ImageDefinition(
            name, JsonSerializer.Deserialize(configuration, OciJson.Default.ContainerConfiguration)!, [.. files]);
    }

    /// <summary>The image for a platform. Equal sources give an equal digest.</summary>
    public BuiltImage Build(Platform platform) =>
        ImageBuilder.Create(platform, Container, LayerBuilder.Build(Files), new ImageChanges { CreatedBy = $"deploy/images/{Name}" });

    private static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}

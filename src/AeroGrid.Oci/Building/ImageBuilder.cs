using AeroGrid.Oci.Layers;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Building;

/// <summary>
/// Makes images from others, without a daemon and without touching a disk: an image is a manifest, a configuration and layers, and appending a
/// layer is computing the two documents anew. Pure functions; equal input gives an equal digest on any machine.
/// </summary>
public static class ImageBuilder
{
    /// <summary>The time that every document carries: the time of a build is no property of its content.</summary>
    private const string Created = "1970-01-01T00:00:00Z";

    /// <summary>Starts from nothing: an image with one layer, for a platform.</summary>
    public static BuiltImage Create(Platform platform, ContainerConfiguration container, Layer layer, ImageChanges changes)
    {
        ArgumentNullException.ThrowIfNull(platform);
        ArgumentNullException.ThrowIfNull(container);
        var nothing = new ImageConfiguration
        {
            Created = Created,
            Architecture = platform.Architecture,
            OperatingSystem = platform.OperatingSystem,
            Config = container,
            RootFileSystem = new RootFileSystem { DiffIds = [] },
        };
        return AppendLayer(Assemble(nothing, [], new ImageChanges(), []).Image, layer, changes);
    }

    /// <summary>Puts a layer on an image.</summary>
    public static BuiltImage AppendLayer(Image baseImage, Layer layer, ImageChanges changes)
    {
        ArgumentNullException.ThrowIfNull(baseImage);
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(changes);
        var old = baseImage.Configuration;
        var configuration = old with
        {
            Created = Created,
            Config = Change(old.Config ?? new ContainerConfiguration(), changes),
            RootFileSystem = old.RootFileSystem with { DiffIds = [.. old.RootFileSystem.DiffIds, layer.DiffId] },
            History = [.. old.History ?? [], new HistoryEntry { Created = Created, CreatedBy = changes.CreatedBy }],
        };
        return Assemble(configuration, [.. baseImage.Manifest.Layers, layer.Descriptor], changes, [layer]);
    }

    private static BuiltImage Assemble(
        ImageConfiguration configuration, IReadOnlyList<Descriptor> layers, ImageChanges changes, IReadOnlyList<Layer> newLayers)
    {
        var configurationContent = configuration.ToBytes();
        var manifest = new ImageManifest
        {
            Config = Descriptor.Of(MediaTypes.ImageConfiguration, configurationContent),
            Layers = layers,
            Annotations = changes.Annotations.Count == 0 ? null : Sorted(changes.Annotations),
        };
        var manifestContent = manifest.ToBytes();
        var image = new Image(Descriptor.Of(MediaTypes.ImageManifest, manifestContent), manifest, configuration);
        return new BuiltImage(image, manifestContent, configurationContent, newLayers);
    }

    private static ContainerConfiguration Change(ContainerConfiguration old, ImageChanges changes) => old with
    {
        User = changes.User ?? old.User,
        Environment = Merge(old.Environment ?? [], changes.Environment),
        Entrypoint = changes.Entrypoint ?? old.Entrypoint,
        Cmd = changes.Cmd ?? (changes.Entrypoint is null ? old.Cmd : null),
        WorkingDirectory = changes.WorkingDirectory ?? old.WorkingDirectory,
        Labels = old.Labels is null && changes.Labels.Count == 0 ? null : Sorted(old.Labels ?? [], changes.Labels),
    };

    private static List<string>? Merge(IReadOnlyList<string> old, IReadOnlyDictionary<string, string> changes)
    {
        var kept = old.Where(variable => !changes.ContainsKey(variable.Split('=', 2)[0]));
        List<string> merged = [.. kept, .. changes.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}={c.Value}")];
        return merged.Count == 0 ? null : merged;
    }

    private static SortedDictionary<string, string> Sorted(params IEnumerable<KeyValuePair<string, string>>[] sets)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in sets.SelectMany(set => set))
            sorted[key] = value;
        return sorted;
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace AeroGrid.Node.Images;

/// <summary>An unpacked layer.</summary>
/// <param name="Folder">Its files.</param>
/// <param name="Removed">What it removes from the layers below: paths relative to the root, without a leading slash.</param>
/// <param name="Opaque">Folders of which it hides everything below.</param>
internal sealed record LayerContent(string Folder, IReadOnlySet<string> Removed, IReadOnlySet<string> Opaque)
{
    private const string FilesFolder = "files";
    private const string MarksFile = "removed.json";

    /// <summary>Where the files of a layer go while it is unpacked.</summary>
    public static string FilesOf(string layerFolder) => Path.Combine(layerFolder, FilesFolder);

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    public static void WriteMarks(string layerFolder, IReadOnlySet<string> removed, IReadOnlySet<string> opaque)
    {
        if (removed.Count + opaque.Count > 0)
            File.WriteAllBytes(Path.Combine(layerFolder, MarksFile), JsonSerializer.SerializeToUtf8Bytes(new LayerMarks([.. removed], [.. opaque]), LayerMarksJson.Default.LayerMarks));
    }

    /// <summary>A layer that is complete.</summary>
    public static LayerContent Read(string layerFolder)
    {
        var file = Path.Combine(layerFolder, MarksFile);
        var marks = File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), LayerMarksJson.Default.LayerMarks)! : new([], []);
        return new(FilesOf(layerFolder), marks.Removed.ToHashSet(StringComparer.Ordinal), marks.Opaque.ToHashSet(StringComparer.Ordinal));
    }
}

/// <summary>What a layer removes, as kept next to its files.</summary>
internal sealed record LayerMarks(string[] Removed, string[] Opaque);

[JsonSerializable(typeof(LayerMarks))]
internal sealed partial class LayerMarksJson : JsonSerializerContext;

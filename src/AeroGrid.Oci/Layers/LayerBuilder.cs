using System.Formats.Tar;
using System.Text;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Layers;

/// <summary>
/// Makes a layer from files in memory. The bytes are a function of the files alone: names sorted by their UTF-8 bytes, every parent folder once,
/// owner 0:0 without names, modes 0755 and 0644, times 0, no compression (<c>docs/decisions/0003-plain-tar-layers.md</c>).
/// </summary>
public static class LayerBuilder
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode ExecutableMode = FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // The old ustar header splits a name at a slash into 155 and 100 bytes; shorter than that it always fits.
    private const int UstarNameLength = 100;

    /// <summary>Makes the layer. Order of the files does not matter.</summary>
    /// <exception cref="ArgumentException">A path is absolute, empty, not normalized, given twice, or a file where another needs a folder.</exception>
    public static Layer Build(IEnumerable<LayerFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var entries = new SortedDictionary<string, LayerFile?>(Utf8Order.Instance);
        foreach (var file in files)
            Add(entries, file);

        using var content = new MemoryStream();
        using (var tar = new TarWriter(content, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (path, file) in entries)
                tar.WriteEntry(ToEntry(path, file));
        }

        var bytes = content.GetBuffer().AsMemory(0, (int)content.Length);
        var descriptor = Descriptor.Of(MediaTypes.Layer, bytes.Span);
        return new Layer(descriptor, descriptor.Digest, bytes);
    }

    private static void Add(SortedDictionary<string, LayerFile?> entries, LayerFile file)
    {
        CheckPath(file.Path);
        if (!entries.TryAdd(file.Path, file))
            throw new ArgumentException($"The path '{file.Path}' is given twice, or is a folder of another file.", nameof(file));

        for (var slash = file.Path.LastIndexOf('/'); slash > 0; slash = file.Path.LastIndexOf('/', slash - 1))
        {
            var folder = file.Path[..slash];
            if (entries.TryGetValue(folder, out var existing) && existing is not null)
                throw new ArgumentException($"The path '{folder}' is a file, and '{file.Path}' needs it as a folder.", nameof(file));
            entries[folder] = null;
        }
    }

    private static void CheckPath(string path)
    {
        var isNormal = path.Length > 0
            && !path.Contains('\0', StringComparison.Ordinal)
            && path.Split('/').All(part => part is not ("" or "." or ".."));
        if (!isNormal)
            throw new ArgumentException($"'{path}' is not a normalized path relative to the root of the image.", nameof(path));
    }

    private static PosixTarEntry ToEntry(string path, LayerFile? file)
    {
        var type = file is null ? TarEntryType.Directory : TarEntryType.RegularFile;
        var name = file is null ? path + "/" : path;
        PosixTarEntry entry = Encoding.UTF8.GetByteCount(name) <= UstarNameLength && Ascii.IsValid(name)
            ? new UstarTarEntry(type, name)
            // Not PAX, whose headers carry the number of the writing process in .NET.
            : new GnuTarEntry(type, name) { AccessTime = default, ChangeTime = default };
        entry.Mode = file is null || file.IsExecutable ? ExecutableMode : FileMode;
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        entry.Uid = 0;
        entry.Gid = 0;
        entry.UserName = "";
        entry.GroupName = "";
        if (file is not null)
            entry.DataStream = new MemoryStream(file.Content.ToArray(), writable: false);
        return entry;
    }

    /// <summary>Order of UTF-8 bytes, which differs from UTF-16 order for characters beyond the basic plane: Python sorts the same way.</summary>
    private sealed class Utf8Order : IComparer<string>
    {
        public static Utf8Order Instance { get; } = new();

        public int Compare(string? x, string? y) =>
            Encoding.UTF8.GetBytes(x ?? "").AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y ?? ""));
    }
}

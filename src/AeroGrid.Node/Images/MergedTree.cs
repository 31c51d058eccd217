using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Images;

/// <summary>
/// One tree of all layers, for images whose layers overlap in many places (those with a root filesystem of their own). Files are hard links, so
/// it costs entries and no content.
/// </summary>
internal static class MergedTree
{
    /// <summary>Makes the tree.</summary>
    /// <param name="layers">Base first.</param>
    /// <param name="target">A folder that does not exist.</param>
    public static void Make(IReadOnlyList<LayerContent> layers, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var layer in layers)
        {
            foreach (var opaque in layer.Opaque)
                Clear(Path.Combine(target, opaque));
            foreach (var removed in layer.Removed)
                Remove(Path.Combine(target, removed));
            Add(new DirectoryInfo(layer.Folder), target);
        }
    }

    private static void Add(DirectoryInfo source, string target)
    {
        foreach (var entry in source.EnumerateFileSystemInfos())
        {
            var path = Path.Combine(target, entry.Name);
            if (entry is DirectoryInfo { LinkTarget: null } folder)
            {
                if (new DirectoryInfo(path) is not { Exists: true, LinkTarget: null })
                {
                    Remove(path);
                    Directory.CreateDirectory(path, folder.UnixFileMode);
                }

                Add(folder, path);
                continue;
            }

            Remove(path);
            if (entry.LinkTarget is { } content)
                File.CreateSymbolicLink(path, content);
            else if (LibC.Link(entry.FullName, path) != 0)
                throw new IOException($"'{path}' cannot be linked: {System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static void Remove(string path)
    {
        if (new DirectoryInfo(path) is { Exists: true, LinkTarget: null })
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    private static void Clear(string folder)
    {
        Remove(folder);
        Directory.CreateDirectory(folder);
    }
}

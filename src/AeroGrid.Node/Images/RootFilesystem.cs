using AeroGrid.Node.Sandbox;

namespace AeroGrid.Node.Images;

/// <summary>What a container sees of its image.</summary>
/// <param name="Folders">Folders that are made of several layers.</param>
/// <param name="Mounts">Files and folders of layers, read-only.</param>
/// <param name="Links">Symbolic links.</param>
/// <param name="HasSystem">Whether the image brings a <c>/usr</c>, or runs on the machine's.</param>
internal sealed record RootFilesystem(
    IReadOnlyList<string> Folders, IReadOnlyList<SandboxMount> Mounts, IReadOnlyList<SandboxLink> Links, bool HasSystem)
{
    /// <summary>More mounts than this cost more time at every start than one merged copy costs once.</summary>
    public const int MaxMounts = 100;

    /// <summary>
    /// Composes layers from read-only mounts. A folder that only one layer has is one mount, whatever is in it; a folder that several have is
    /// composed of its entries. AeroGrid's images have each folder in one layer, so a new version of an app is a handful of mounts and no
    /// copy, and needs no privilege, which an overlay filesystem would.
    /// </summary>
    /// <param name="layers">Base first.</param>
    /// <param name="mountPoints">Absolute paths where something else will be mounted, which must have a place to be mounted on.</param>
    public static RootFilesystem Compose(IReadOnlyList<LayerContent> layers, IReadOnlyCollection<string> mountPoints)
    {
        var composition = new Composition([.. mountPoints.Select(path => path.Trim('/')).Where(path => path.Length > 0)]);
        composition.Add("", [.. layers]);
        var hasSystem = layers.Any(layer => Directory.Exists(Path.Combine(layer.Folder, "usr")));
        return new(composition.Folders, composition.Mounts, composition.Links, hasSystem);
    }

    private sealed class Composition(IReadOnlyList<string> mountPoints)
    {
        public List<string> Folders { get; } = [];

        public List<SandboxMount> Mounts { get; } = [];

        public List<SandboxLink> Links { get; } = [];

        /// <summary>Adds a folder's entries from the layers that have it, base first.</summary>
        public void Add(string path, List<LayerContent> layers)
        {
            var done = new HashSet<string>(StringComparer.Ordinal);
            for (var top = layers.Count - 1; top >= 0; top--)
            {
                foreach (var entry in new DirectoryInfo(Path.Combine(layers[top].Folder, path)).EnumerateFileSystemInfos())
                {
                    if (done.Add(entry.Name))
                        AddEntry(path.Length == 0 ? entry.Name : $"{path}/{entry.Name}", entry, layers, top);
                }

                // What this layer removes is no longer there for the layers below it.
                foreach (var removed in layers[top].Removed)
                {
                    if (Path.GetDirectoryName(removed) == path)
                        done.Add(Path.GetFileName(removed));
                }
            }
        }

        private void AddEntry(string path, FileSystemInfo entry, List<LayerContent> layers, int top)
        {
            if (entry.LinkTarget is { } content)
            {
                Links.Add(new("/" + path, content));
                return;
            }

            if (entry is not DirectoryInfo)
            {
                Mounts.Add(new(entry.FullName, "/" + path));
                return;
            }

            var parts = Contributors(path, layers, top);
            if (parts.Count == 1 && !MustBeOpen(path, entry.FullName))
            {
                Mounts.Add(new(entry.FullName, "/" + path));
                return;
            }

            Folders.Add("/" + path);
            Add(path, parts);
        }

        /// <summary>The layers whose folder of this path is visible, base first: from the topmost down to the first that hides or replaces it.</summary>
        private static List<LayerContent> Contributors(string path, List<LayerContent> layers, int top)
        {
            List<LayerContent> parts = [];
            for (var i = top; i >= 0; i--)
            {
                var folder = Path.Combine(layers[i].Folder, path);
                var info = new DirectoryInfo(folder);
                if (info is { Exists: true, LinkTarget: null })
                {
                    parts.Insert(0, layers[i]);
                    if (layers[i].Opaque.Contains(path))
                        break;
                }
                else if (Path.Exists(folder) || info.LinkTarget is not null)
                {
                    break;
                }

                if (layers[i].Removed.Contains(path))
                    break;
            }

            return parts;
        }

        /// <summary>Whether something is to be mounted beneath a folder where it has no entry to mount it on.</summary>
        private bool MustBeOpen(string path, string folder) =>
            mountPoints.Any(point => point.StartsWith(path + "/", StringComparison.Ordinal) && !Path.Exists(Path.Combine(folder, point[(path.Length + 1)..])));
    }
}

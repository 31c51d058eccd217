using System.Formats.Tar;

using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Images;

/// <summary>
/// Unpacks layers, which anyone may have made: nothing is ever written outside of the layer's folder, whatever its names and links say, and no
/// file keeps a power that it could have (setuid, devices). Owners are not kept: a pod's files are read-only to it, and it may read them all.
/// </summary>
internal static class LayerUnpacker
{
    private const string RemovedPrefix = ".wh.";
    private const string OpaqueMark = ".wh..wh..opq";
    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Unpacks a tar file into an empty folder.</summary>
    /// <param name="tar">The tar file; read to its end.</param>
    /// <param name="folder">An existing empty folder.</param>
    /// <param name="maxBytes">How much it may take; more is refused.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">The layer is malformed, hostile or too large.</exception>
    public static async Task UnpackAsync(Stream tar, string folder, long maxBytes, CancellationToken cancellationToken)
    {
        var unpacking = new Unpacking(LayerContent.FilesOf(folder), maxBytes);
        Directory.CreateDirectory(unpacking.Root);
        var reader = new TarReader(tar, leaveOpen: true);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
                await unpacking.AddAsync(entry, cancellationToken).ConfigureAwait(false);
        }

        LayerContent.WriteMarks(folder, unpacking.Removed, unpacking.Opaque);
    }

    private sealed class Unpacking(string root, long maxBytes)
    {
        private const int MaxEntries = 1_000_000;
        private long _used;
        private int _entries;

        /// <summary>Folders known to be real folders of this layer.</summary>
        private readonly HashSet<string> _folders = new(StringComparer.Ordinal) { "" };

        public string Root => root;

        public HashSet<string> Removed { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Opaque { get; } = new(StringComparer.Ordinal);

        public async Task AddAsync(TarEntry entry, CancellationToken cancellationToken)
        {
            if (++_entries > MaxEntries)
                throw new InvalidDataException($"The layer has more than {MaxEntries:N0} files.");
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
                return;
            var path = Normalize(entry.Name);
            if (path.Length == 0)
                return;
            var (parent, name) = Split(path);
            if (name == OpaqueMark)
            {
                Opaque.Add(parent);
                return;
            }

            if (name.StartsWith(RemovedPrefix, StringComparison.Ordinal))
            {
                Removed.Add(Join(parent, name[RemovedPrefix.Length..]));
                return;
            }

            MakeFolder(parent);
            var target = Path.Combine(root, path);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    MakeFolder(path);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    Clear(path);
                    await WriteAsync(entry, target, cancellationToken).ConfigureAwait(false);
                    break;
                case TarEntryType.SymbolicLink:
                    // Its content is only ever followed inside a sandbox, where it cannot lead to the machine's files.
                    Clear(path);
                    File.CreateSymbolicLink(target, entry.LinkName);
                    break;
                case TarEntryType.HardLink:
                    Clear(path);
                    LinkTo(Normalize(entry.LinkName), target);
                    break;
                default:
                    // Devices and pipes are of no use to a process that may not make them.
                    break;
            }
        }

        private async Task WriteAsync(TarEntry entry, string target, CancellationToken cancellationToken)
        {
            if ((_used += entry.Length) > maxBytes)
                throw new InvalidDataException($"The layer is larger than {maxBytes / (1024 * 1024):N0} MiB unpacked.");
            var mode = Read | UnixFileMode.UserWrite | ((entry.Mode & Execute) != UnixFileMode.None ? Execute : UnixFileMode.None);
            var file = new FileStream(target, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                PreallocationSize = 0,
                UnixCreateMode = mode,
            });
            await using (file.ConfigureAwait(false))
            {
                if (entry.DataStream is { } data)
                    await data.CopyToAsync(file, cancellationToken).ConfigureAwait(false);

                // Not what the umask left of it.
                File.SetUnixFileMode(file.SafeFileHandle, mode);
            }

            // Python compares the times of source and compiled files: a package's .pyc files are good only with the times of the layer.
            File.SetLastWriteTimeUtc(target, entry.ModificationTime.UtcDateTime);
        }

        private void LinkTo(string existing, string target)
        {
            var (parent, _) = Split(existing);
            var source = Path.Combine(root, existing);
            if (!_folders.Contains(parent) || new FileInfo(source) is not { Exists: true, LinkTarget: null })
                throw new InvalidDataException($"The layer links to '{existing}', which is no file in it.");
            if (LibC.Link(source, target) != 0)
                throw new IOException($"'{existing}' cannot be linked: {System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}");
        }

        /// <summary>Makes a folder with its parents. A symbolic link in the way would lead out of the layer: refused.</summary>
        private void MakeFolder(string path)
        {
            if (_folders.Contains(path))
                return;
            MakeFolder(Split(path).Parent);
            var folder = Path.Combine(root, path);
            if (new FileInfo(folder) is { LinkTarget: not null } or { Exists: true })
                throw new InvalidDataException($"The layer has files beneath '{path}', which is no folder in it.");
            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, Read | Execute | UnixFileMode.UserWrite);
            _folders.Add(path);
        }

        /// <summary>A later entry of the same name replaces the earlier one.</summary>
        private void Clear(string path)
        {
            if (_folders.Contains(path))
                throw new InvalidDataException($"The layer has '{path}' both as a folder and as a file.");
            File.Delete(Path.Combine(root, path));
        }

        private static string Normalize(string name)
        {
            if (name.Contains('\0', StringComparison.Ordinal))
                throw new InvalidDataException("The layer has a file with a zero byte in its name.");
            var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToList();
            if (parts.Contains(".."))
                throw new InvalidDataException($"The layer has a file outside of it: '{name}'.");
            return string.Join('/', parts);
        }

        private static (string Parent, string Name) Split(string path)
        {
            var slash = path.LastIndexOf('/');
            return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
        }

        private static string Join(string parent, string name) => parent.Length == 0 ? name : $"{parent}/{name}";
    }
}

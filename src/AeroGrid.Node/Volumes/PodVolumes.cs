using System.Text;

using k8s.Models;

using AeroGrid.Node.Sandbox;
using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Volumes;

/// <summary>
/// The volumes of one pod, as folders of the node. emptyDir volumes live as long as the pod; ConfigMap, Secret, downward API and projected
/// volumes are written anew before each start of a container.
/// </summary>
internal sealed class PodVolumes(string folder, string memoryFolder, uint? owner, string nodeName)
{
    private readonly Lock _gate = new();
    private bool _removed;

    private const UnixFileMode Everyone = (UnixFileMode)0b111_111_111;
    private const UnixFileMode Traverse = (UnixFileMode)0b111_101_101;
    private const int DefaultFileMode = 0b110_100_100;

    /// <summary>Makes the volumes and writes what they are to hold.</summary>
    /// <exception cref="VolumeException">A volume refers to something that is not there, or is of a kind that this node does not have.</exception>
    public async Task PrepareAsync(V1Pod pod, ReferencedObjects references, CancellationToken cancellationToken)
    {
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            if (volume.EmptyDir is not null)
            {
                MakeEmpty(FolderOf(volume));
                continue;
            }

            var files = await FilesAsync(pod, volume, references, cancellationToken).ConfigureAwait(false);
            Write(FolderOf(volume), files);
        }
    }

    /// <summary>Whether the pod has volumes whose content may change while it runs.</summary>
    public static bool HasChanging(V1Pod pod) => pod.Spec.Volumes?.Any(volume => volume.EmptyDir is null) == true;

    /// <summary>
    /// Brings volumes up to date whose source has changed. One whose source is gone stays as it is, as on other nodes: a program that runs
    /// shall not lose its configuration.
    /// </summary>
    public async Task RefreshAsync(V1Pod pod, ReferencedObjects references, CancellationToken cancellationToken)
    {
        foreach (var volume in (pod.Spec.Volumes ?? []).Where(volume => volume.EmptyDir is null && Directory.Exists(FolderOf(volume))))
        {
            try
            {
                Write(FolderOf(volume), await FilesAsync(pod, volume, references, cancellationToken).ConfigureAwait(false));
            }
            catch (VolumeException)
            {
                // Said when the next container starts and needs it.
            }
        }
    }

    /// <summary>What a container sees of the volumes.</summary>
    /// <exception cref="VolumeException">It mounts a volume that the pod does not have.</exception>
    public IEnumerable<SandboxMount> MountsOf(V1Pod pod, V1Container container)
    {
        foreach (var mount in container.VolumeMounts ?? [])
        {
            var volume = pod.Spec.Volumes?.FirstOrDefault(volume => volume.Name == mount.Name)
                ?? throw new VolumeException($"volumeMounts: there is no volume \"{mount.Name}\" in the pod");
            var source = FolderOf(volume);
            if (mount.SubPath is { Length: > 0 } subPath)
                source = SubPath(source, subPath, volume.EmptyDir is not null);
            yield return new(source, mount.MountPath, Writable: volume.EmptyDir is not null && mount.ReadOnlyProperty != true);
        }
    }

    /// <summary>
    /// The emptyDir volumes that have a limit, in bytes: those of medium Memory always. What is in them outlives the container whose memory
    /// limit it counted against, so one that is started again and again could fill the machine's memory.
    /// </summary>
    /// <param name="pod">The pod.</param>
    /// <param name="memoryLimit">The memory limit of all its containers together, or null.</param>
    public IEnumerable<(string Name, string Folder, long Limit)> Limited(V1Pod pod, long? memoryLimit) =>
        from volume in pod.Spec.Volumes ?? []
        where volume.EmptyDir is not null
        let limit = volume.EmptyDir.SizeLimit is { } own ? (long)own.ToDecimal() : volume.EmptyDir.Medium == "Memory" ? memoryLimit : null
        where limit is not null
        select (volume.Name, FolderOf(volume), limit.Value);

    /// <summary>Removes what is not in the pod's own folder; nothing is written to the volumes any more.</summary>
    public void Remove()
    {
        lock (_gate)
            _removed = true;
        if (Directory.Exists(memoryFolder))
            Directory.Delete(memoryFolder, recursive: true);
    }

    private string FolderOf(V1Volume volume) => Path.Combine(volume.EmptyDir?.Medium == "Memory" ? memoryFolder : folder, volume.Name);

    private void MakeEmpty(string path)
    {
        if (Directory.Exists(path))
            return;
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Everyone);
        if (owner is { } user)
            _ = LibC.ChangeOwner(path, user, user);
    }

    private async Task<Dictionary<string, FileContent>> FilesAsync(V1Pod pod, V1Volume volume, ReferencedObjects references, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, FileContent>(StringComparer.Ordinal);
        switch (volume)
        {
            case { ConfigMap: { } map }:
                await AddConfigMapAsync(map.Name, map.Items, map.Optional, map.DefaultMode, cancellationToken).ConfigureAwait(false);
                break;
            case { Secret: { } secret }:
                await AddSecretAsync(secret.SecretName, secret.Items, secret.Optional, secret.DefaultMode, cancellationToken).ConfigureAwait(false);
                break;
            case { DownwardAPI: { } fields }:
                AddFields(fields.Items, fields.DefaultMode);
                break;
            case { Projected: { } projected }:
                foreach (var source in projected.Sources ?? [])
                {
                    if (source.ConfigMap is { } map)
                        await AddConfigMapAsync(map.Name, map.Items, map.Optional, projected.DefaultMode, cancellationToken).ConfigureAwait(false);
                    else if (source.Secret is { } secret)
                        await AddSecretAsync(secret.Name, secret.Items, secret.Optional, projected.DefaultMode, cancellationToken).ConfigureAwait(false);
                    else if (source.DownwardAPI is { } fields)
                        AddFields(fields.Items, projected.DefaultMode);
                    else
                        throw new VolumeException($"volume \"{volume.Name}\": this node projects configMap, secret and downwardAPI sources only");
                }

                break;
            default:
                throw new VolumeException($"volume \"{volume.Name}\": this node has emptyDir, configMap, secret, downwardAPI and projected volumes only");
        }

        return files;

        async Task AddConfigMapAsync(string name, IList<V1KeyToPath>? items, bool? optional, int? mode, CancellationToken token)
        {
            var data = await references.ConfigMapAsync(name, token).ConfigureAwait(false);
            AddData($"configmap \"{name}\"", data, items, optional, mode);
        }

        async Task AddSecretAsync(string name, IList<V1KeyToPath>? items, bool? optional, int? mode, CancellationToken token)
        {
            var data = await references.SecretAsync(name, token).ConfigureAwait(false);
            AddData($"secret \"{name}\"", data, items, optional, mode);
        }

        void AddData(string what, IReadOnlyDictionary<string, byte[]>? data, IList<V1KeyToPath>? items, bool? optional, int? mode)
        {
            if (data is null)
            {
                if (optional == true)
                    return;
                throw new VolumeException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {what} not found");
            }

            if (items is not { Count: > 0 })
            {
                foreach (var (key, value) in data)
                    files[SafePath(volume, key)] = new(value, mode ?? DefaultFileMode);
                return;
            }

            foreach (var item in items)
            {
                if (data.TryGetValue(item.Key, out var value))
                    files[SafePath(volume, item.Path)] = new(value, item.Mode ?? mode ?? DefaultFileMode);
                else if (optional != true)
                    throw new VolumeException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {what} has no key \"{item.Key}\"");
            }
        }

        void AddFields(IList<V1DownwardAPIVolumeFile>? items, int? mode)
        {
            foreach (var item in items ?? [])
            {
                var value = item.FieldRef is { } field
                    ? PodFields.Get(pod, field.FieldPath, nodeName)
                    : PodFields.Get(pod, item.ResourceFieldRef, item.ResourceFieldRef.ContainerName);
                files[SafePath(volume, item.Path)] = new(Encoding.UTF8.GetBytes(value), item.Mode ?? mode ?? DefaultFileMode);
            }
        }
    }

    /// <summary>
    /// Replaces the content of a volume. A container may see the folder already, so it stays: files are replaced one by one, each in one step.
    /// </summary>
    private void Write(string path, Dictionary<string, FileContent> files)
    {
        // A container may be starting while the volumes are brought up to date.
        lock (_gate)
        {
            if (!_removed)
                WriteChanged(path, files);
        }
    }

    private void WriteChanged(string path, Dictionary<string, FileContent> files)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Traverse);
        foreach (var (name, content) in files)
        {
            var file = Path.Combine(path, name);
            if (IsSame(file, content))
                continue;
            for (var parent = Path.GetDirectoryName(file)!; parent.Length > path.Length; parent = Path.GetDirectoryName(parent)!)
            {
                Directory.CreateDirectory(parent);
                File.SetUnixFileMode(parent, Traverse);
            }

            var making = file + ".making";
            using (var stream = new FileStream(making, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                stream.Write(content.Bytes);
            File.SetUnixFileMode(making, (UnixFileMode)(content.Mode & 0x1ff));
            if (owner is { } user)
                _ = LibC.ChangeOwner(making, user, user);
            File.Move(making, file, overwrite: true);
        }

        foreach (var file in Directory.GetFiles(path, "*", SearchOption.AllDirectories))
        {
            if (!files.ContainsKey(Path.GetRelativePath(path, file)))
                File.Delete(file);
        }
    }

    /// <summary>A file that has not changed stays: programs watch for changes.</summary>
    private static bool IsSame(string file, FileContent content) =>
        new FileInfo(file) is { Exists: true } info && info.Length == content.Bytes.Length && info.UnixFileMode == (UnixFileMode)(content.Mode & 0x1ff)
        && File.ReadAllBytes(file).AsSpan().SequenceEqual(content.Bytes);

    private static string SafePath(V1Volume volume, string path)
    {
        if (path.StartsWith('/') || path.Split('/').Contains("..") || path.Contains('\0', StringComparison.Ordinal))
            throw new VolumeException($"volume \"{volume.Name}\": path '{path}' must be relative and without '..'");
        return path;
    }

    /// <summary>A path inside of a volume that containers write to: a link in it could lead anywhere, so none is followed.</summary>
    private string SubPath(string source, string subPath, bool writable)
    {
        if (subPath.StartsWith('/') || subPath.Split('/').Contains(".."))
            throw new VolumeException($"volumeMounts: subPath '{subPath}' must be relative and without '..'");
        var path = source;
        foreach (var part in subPath.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
                throw new VolumeException($"volumeMounts: subPath '{subPath}' leads through a symbolic link");
            if (!Path.Exists(path))
            {
                if (!writable)
                    throw new VolumeException($"volumeMounts: subPath '{subPath}' does not exist");
                MakeEmpty(path);
            }
        }

        return path;
    }

    private sealed record FileContent(byte[] Bytes, int Mode);
}

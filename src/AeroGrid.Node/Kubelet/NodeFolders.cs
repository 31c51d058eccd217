using AeroGrid.Node.Sandbox;
using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Where the node keeps what. Others may pass through the folders to what is theirs but list none of them; logs are for the platform alone.
/// </summary>
internal sealed class NodeFolders(string root, string id)
{
    private const UnixFileMode Private = (UnixFileMode)0b111_000_000;
    private const UnixFileMode PassThrough = (UnixFileMode)0b111_001_001;

    /// <summary>The folder of the node.</summary>
    public string Root => root;

    /// <summary>Unpacked images.</summary>
    public string Images => Path.Combine(root, "images");

    /// <summary>One folder for each pod, by uid.</summary>
    public string Pods => Path.Combine(root, "pods");

    /// <summary>Output of containers.</summary>
    public string Logs => Path.Combine(root, "logs");

    /// <summary>Volumes of the medium Memory.</summary>
    public string Memory { get; } = PlatformMark.FolderOf(id) ?? Path.Combine(root, "memory");

    /// <summary>Makes what is missing.</summary>
    /// <exception cref="IOException">Somebody else has made the folder for volumes in memory, where everybody may make folders.</exception>
    public void Make()
    {
        foreach (var folder in new[] { root, Pods, Images, Memory })
        {
            Directory.CreateDirectory(folder);
            if (OperatingSystem.IsLinux() && folder == Memory && FileOwner.Of(folder) != LibC.EffectiveUser())
                throw new IOException($"{folder} belongs to another user: remove it");
            File.SetUnixFileMode(folder, PassThrough);
        }

        Directory.CreateDirectory(Logs);
        File.SetUnixFileMode(Logs, Private);
    }

    /// <summary>Removes what is not in the node's own folder; no pod runs.</summary>
    public void RemoveMemory()
    {
        if (Directory.Exists(Memory))
            Directory.Delete(Memory, recursive: true);
    }

    /// <summary>The folder of a pod: for it and the platform alone.</summary>
    public string MakePod(string uid, uint? owner)
    {
        var folder = Pod(uid);
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, Private);
        if (owner is { } user)
            _ = LibC.ChangeOwner(folder, user, user);
        return folder;
    }

    /// <summary>The folder of a pod.</summary>
    public string Pod(string uid) => Path.Combine(Pods, uid);

    /// <summary>The logs of a pod's container, named as on a cluster's nodes.</summary>
    public string ContainerLogs(string namespaceName, string pod, string uid, string container) =>
        Path.Combine(PodLogs(namespaceName, pod, uid), container);

    /// <summary>The logs of a pod.</summary>
    public string PodLogs(string namespaceName, string pod, string uid) => Path.Combine(Logs, $"{namespaceName}_{pod}_{uid}");
}

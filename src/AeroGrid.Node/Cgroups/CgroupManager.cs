using System.Globalization;

namespace AeroGrid.Node.Cgroups;

/// <summary>
/// Makes the cgroups of containers, in whichever version each controller is mounted, beneath a folder of its own:
/// <c>aerogrid-&lt;id&gt;/&lt;pod uid&gt;/&lt;container&gt;</c>. Where the machine does not let us, <see cref="Missing"/> says which limits nobody enforces.
/// </summary>
internal sealed class CgroupManager
{
    private const string FolderPrefix = "aerogrid-";
    private static readonly string[] Wanted = ["cpu", "memory", "pids"];

    private readonly IReadOnlyList<CgroupHierarchy> _hierarchies;

    internal CgroupManager(IReadOnlyList<CgroupHierarchy> hierarchies)
    {
        _hierarchies = hierarchies;
        Missing = [.. Wanted.Except(hierarchies.SelectMany(hierarchy => hierarchy.Controllers), StringComparer.Ordinal)];
    }

    /// <summary>Of cpu, memory and pids, what cannot be limited on this machine.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Finds what this machine offers to this process.</summary>
    /// <param name="id">Tells this platform's cgroups from those of another one on the machine.</param>
    /// <param name="proc">The process file system; another folder in tests.</param>
    public static CgroupManager Detect(string id, string proc = "/proc")
    {
        var hierarchies = new List<CgroupHierarchy>();
        var name = FolderPrefix + id;
        var left = Wanted.ToList();
        try
        {
            var own = OwnPaths(Path.Combine(proc, "self", "cgroup"));
            var mounts = Mounts(Path.Combine(proc, "self", "mountinfo"));
            foreach (var mount in mounts.Where(mount => !mount.IsVersion2))
            {
                var controllers = left.Intersect(mount.Options, StringComparer.Ordinal).ToList();
                if (controllers.Count > 0 && own.TryGetValue(controllers[0], out var path) && UseVersion1(mount, path, name) is { } folder)
                {
                    hierarchies.Add(new(folder, IsVersion2: false, controllers));
                    left.RemoveAll(controllers.Contains);
                }
            }

            if (left.Count > 0 && mounts.FirstOrDefault(mount => mount.IsVersion2) is { } unified && own.TryGetValue("", out var unifiedPath)
                && CgroupDelegation.Use(unified.At(unifiedPath), unified.Folder, name, left) is { } hierarchy)
            {
                hierarchies.Add(hierarchy);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc or no cgroups (macOS): Missing tells.
        }

        foreach (var hierarchy in hierarchies)
            hierarchy.SetShareOfAll();
        return new(hierarchies);
    }

    /// <summary>Makes the cgroup of a container; one that is left over from before is emptied first.</summary>
    /// <exception cref="IOException">The kernel refused a limit.</exception>
    public Cgroup Create(string podUid, string container, CgroupLimits limits) =>
        new([.. _hierarchies.Select(hierarchy => (hierarchy, hierarchy.Create($"{podUid}/{container}", limits)))]);

    /// <summary>Kills everything in our cgroups and removes them: at start, what a killed platform left behind; at the end, nothing is left.</summary>
    public async Task ClearAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var hierarchy in _hierarchies)
            await ClearAsync(hierarchy, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does the same for a platform that has ended for good, and removes its folders; as far as they are next to ours.</summary>
    public async Task ClearAsync(string id, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var hierarchy in _hierarchies)
        {
            var other = hierarchy with { Folder = Path.Combine(Path.GetDirectoryName(hierarchy.Folder)!, FolderPrefix + id) };
            await ClearAsync(other, time, cancellationToken).ConfigureAwait(false);
            Cgroup.TryRemove(other.Folder);
        }
    }

    private static async Task ClearAsync(CgroupHierarchy hierarchy, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var pod in Folders(hierarchy.Folder))
        {
            foreach (var container in Folders(pod))
                await new Cgroup([(hierarchy, container)]).RemoveAsync(time, cancellationToken).ConfigureAwait(false);
            Cgroup.TryRemove(pod);
        }
    }

    /// <summary>Removes our own folder, which is empty by now.</summary>
    public void Remove()
    {
        foreach (var hierarchy in _hierarchies)
            Cgroup.TryRemove(hierarchy.Folder);
    }

    private static string[] Folders(string folder) => Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];

    private static string? UseVersion1(Mount mount, string path, string name)
    {
        var folder = Path.Combine(mount.At(path), name);
        try
        {
            Directory.CreateDirectory(folder);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Lines such as <c>4:memory:/some/path</c>, <c>2:cpu,cpuacct:/</c>, and <c>0::/path</c> for version 2.</summary>
    private static Dictionary<string, string> OwnPaths(string file)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(file))
        {
            var fields = line.Split(':', 3);
            foreach (var controller in fields[1].Split(','))
                paths[controller] = fields[2];
        }

        return paths;
    }

    /// <summary><c>36 35 0:31 /root /sys/fs/cgroup/memory rw,… shared:1 - cgroup cgroup rw,memory</c> (<c>proc_pid_mountinfo(5)</c>).</summary>
    private static List<Mount> Mounts(string file)
    {
        var mounts = new List<Mount>();
        foreach (var line in File.ReadLines(file))
        {
            var halves = line.Split(" - ", 2);
            var type = halves[1].Split(' ');
            if (type[0] is not ("cgroup" or "cgroup2"))
                continue;
            var fields = halves[0].Split(' ');
            mounts.Add(new(Unescape(fields[4]), Unescape(fields[3]), type[0] == "cgroup2", type[2].Split(',')));
        }

        return mounts;
    }

    /// <summary>Spaces and the like are written as <c>\040</c>.</summary>
    private static string Unescape(string text)
    {
        for (var at = text.IndexOf('\\', StringComparison.Ordinal); at >= 0 && at + 3 < text.Length; at = text.IndexOf('\\', at + 1))
            text = string.Concat(text.AsSpan(0, at), ((char)Convert.ToInt32(text.Substring(at + 1, 3), 8)).ToString(CultureInfo.InvariantCulture), text.AsSpan(at + 4));
        return text;
    }

    private sealed record Mount(string Folder, string Root, bool IsVersion2, string[] Options)
    {
        /// <summary>Where a cgroup's path is seen: inside a container only a part of the hierarchy is mounted.</summary>
        public string At(string path)
        {
            var relative = Root != "/" && path.StartsWith(Root, StringComparison.Ordinal) ? path[Root.Length..] : path;
            var folder = Path.Combine(Folder, relative.TrimStart('/'));
            return Directory.Exists(folder) ? folder : Folder;
        }
    }
}

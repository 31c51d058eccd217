using System.Globalization;

namespace AeroGrid.Node.Cgroups;

/// <summary>
/// Finds a place in the version 2 hierarchy where containers' cgroups may be made. There a cgroup has either processes or children with
/// controllers ("no internal processes" in the kernel's cgroup-v2 documentation), and this process is in one itself.
/// </summary>
internal static class CgroupDelegation
{
    /// <summary>Makes our folder with as many of the controllers as there are, or returns null.</summary>
    /// <param name="own">The cgroup that this process is in.</param>
    /// <param name="root">The top of the hierarchy as far as it is visible.</param>
    /// <param name="name">Name of our folder.</param>
    /// <param name="wanted">Controllers.</param>
    public static CgroupHierarchy? Use(string own, string root, string name, IReadOnlyList<string> wanted) =>
        TryUse(own, name, wanted) ?? TryUseAfterStepAside(own, name, wanted) ?? (own == root ? null : TryUse(root, name, wanted));

    private static CgroupHierarchy? TryUse(string parent, string name, IReadOnlyList<string> wanted)
    {
        try
        {
            var offered = File.ReadAllText(Path.Combine(parent, "cgroup.controllers"))
                .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            var hierarchy = new CgroupHierarchy(Path.Combine(parent, name), IsVersion2: true, [.. wanted.Intersect(offered, StringComparer.Ordinal)]);
            if (hierarchy.Controllers.Count == 0)
                return null;
            hierarchy.EnableControllers(parent);
            Directory.CreateDirectory(hierarchy.Folder);
            return hierarchy;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// A delegated cgroup (a systemd unit with Delegate=yes, a container) often holds nobody but us: then we move into a leaf of it, as
    /// systemd's documentation on delegation tells programs to do.
    /// </summary>
    private static CgroupHierarchy? TryUseAfterStepAside(string own, string name, IReadOnlyList<string> wanted)
    {
        var self = Environment.ProcessId;
        if (Cgroup.Processes(own) is not [var only] || only != self)
            return null;
        try
        {
            var leaf = Path.Combine(own, "aerogrid-platform");
            Directory.CreateDirectory(leaf);
            CgroupHierarchy.Write(Path.Combine(leaf, "cgroup.procs"), self.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return TryUse(own, name, wanted);
    }
}

using System.Globalization;

using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Cgroups;

/// <summary>The cgroup of one container: a folder in each hierarchy that is used.</summary>
internal sealed class Cgroup(IReadOnlyList<(CgroupHierarchy Hierarchy, string Folder)> parts)
{
    /// <summary>The files to which a process writes its id (or 0 for itself) to be in the cgroup.</summary>
    public IReadOnlyList<string> ProcessFiles => [.. parts.Select(part => Path.Combine(part.Folder, "cgroup.procs"))];

    /// <summary>How often the kernel killed a process here because the memory limit was reached; null where memory is not limited.</summary>
    public long? OomKills => parts.Select(part => part.Hierarchy.OomKills(part.Folder)).FirstOrDefault(kills => kills is not null);

    /// <summary>How often a process here was refused a further process or thread because of the limit; null where they are not limited.</summary>
    public long? ProcessRefusals => parts.Select(part => part.Hierarchy.ProcessRefusals(part.Folder)).FirstOrDefault(refusals => refusals is not null);

    /// <summary>Kills every process of the cgroup and its children.</summary>
    public void Kill()
    {
        foreach (var (hierarchy, folder) in parts)
            Kill(hierarchy, folder);
    }

    /// <summary>Kills what is left and removes the folders, waiting until the kernel has let go of the last process.</summary>
    public async Task RemoveAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var (hierarchy, folder) in parts)
        {
            for (var attempt = 0; Directory.Exists(folder) && attempt < 200; attempt++)
            {
                Kill(hierarchy, folder);
                if (TryRemove(folder))
                    break;

                // A killed process stays a member until it is reaped, and there is nothing to wait on in version 1.
                await Task.Delay(TimeSpan.FromMilliseconds(5 + attempt), time, cancellationToken).ConfigureAwait(false);
            }

            // The pod's own folder goes with its last container.
            TryRemove(Path.GetDirectoryName(folder)!);
        }
    }

    internal static void Kill(CgroupHierarchy hierarchy, string folder)
    {
        if (!Directory.Exists(folder))
            return;
        if (hierarchy.IsVersion2 && File.Exists(Path.Combine(folder, "cgroup.kill")))
        {
            CgroupHierarchy.Write(Path.Combine(folder, "cgroup.kill"), "1");
            return;
        }

        foreach (var process in Processes(folder))
            _ = LibC.Kill(process, LibC.SigKill);
    }

    /// <summary>Removes a cgroup; false when a process or a child is in it.</summary>
    internal static bool TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Ids of the processes that are in a cgroup now; children of it not included.</summary>
    internal static IReadOnlyList<int> Processes(string folder)
    {
        try
        {
            return [.. File.ReadLines(Path.Combine(folder, "cgroup.procs")).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(id => id > 0)];
        }
        catch (IOException)
        {
            return [];
        }
    }
}

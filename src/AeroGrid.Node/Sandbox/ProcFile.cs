using System.Globalization;

namespace AeroGrid.Node.Sandbox;

/// <summary>What <c>/proc</c> tells about processes. Everything here may be outdated when it returns: processes end.</summary>
internal static class ProcFile
{
    /// <summary>Changes when the machine is started again, so that process ids mean nothing any more; null where the system has no such thing.</summary>
    public static string? BootId() => TryRead("/proc/sys/kernel/random/boot_id")?.Trim();

    /// <summary>
    /// When a process started, in clock ticks since the machine did; null when there is none. With the id it tells a process from a later
    /// one that was given the same id.
    /// </summary>
    public static long? StartTime(int process)
    {
        // "1234 (name, which may hold anything) S 1 …": the fields after the last ')' count from 3, the start time is field 22 (proc_pid_stat(5)).
        var stat = TryRead($"/proc/{process}/stat");
        var fields = stat?[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields?.Length > 19 ? long.Parse(fields[19], CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The children of a process, oldest first.</summary>
    public static IReadOnlyList<int> Children(int process) =>
        [.. (TryRead($"/proc/{process}/task/{process}/children") ?? "")
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    /// <summary>Inodes of the sockets that processes and their descendants have open.</summary>
    public static IReadOnlySet<long> SocketsOf(IEnumerable<int> roots)
    {
        const string Socket = "socket:[";
        var sockets = new HashSet<long>();
        var seen = new HashSet<int>();
        var left = new Queue<int>(roots);
        while (left.TryDequeue(out var process))
        {
            if (!seen.Add(process))
                continue;
            foreach (var child in Children(process))
                left.Enqueue(child);
            try
            {
                foreach (var descriptor in Directory.EnumerateFiles($"/proc/{process}/fd"))
                {
                    if (new FileInfo(descriptor).LinkTarget is { } target && target.StartsWith(Socket, StringComparison.Ordinal))
                        sockets.Add(long.Parse(target.AsSpan(Socket.Length).TrimEnd(']'), CultureInfo.InvariantCulture));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return sockets;
    }

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

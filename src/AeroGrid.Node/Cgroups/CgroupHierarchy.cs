using System.Globalization;

namespace AeroGrid.Node.Cgroups;

/// <summary>
/// One mounted cgroup hierarchy with the controllers that we use of it. Version 1 has one for each controller (or group of them), version
/// 2 has one for all; on a hybrid machine both are there, and each controller is in one of them.
/// </summary>
/// <param name="Folder">Where our own cgroups are made.</param>
/// <param name="IsVersion2">Which of the two interfaces its files have.</param>
/// <param name="Controllers">Of <c>cpu</c>, <c>memory</c> and <c>pids</c>, those that it provides.</param>
internal sealed record CgroupHierarchy(string Folder, bool IsVersion2, IReadOnlyList<string> Controllers)
{
    /// <summary>The scheduler period that limits are written for, microseconds; the kernel's own default.</summary>
    private const long Period = 100_000;

    /// <summary>Makes a cgroup, with its parents, and gives it limits.</summary>
    /// <exception cref="IOException">The kernel refused a value.</exception>
    public string Create(string path, CgroupLimits limits)
    {
        var folder = Folder;
        foreach (var part in path.Split('/'))
        {
            if (IsVersion2)
                EnableControllers(folder);
            folder = Path.Combine(folder, part);
            Directory.CreateDirectory(folder);
        }

        foreach (var controller in Controllers)
        {
            foreach (var (file, value) in Settings(controller, limits))
                WriteIfThere(folder, file, value);
        }

        return folder;
    }

    /// <summary>
    /// Gives all containers together the weight of two busy threads for each processor (the kubelet takes one, on machines that do nothing else): more
    /// than that only threads of the platform get, so that it answers whatever pods do.
    /// </summary>
    public void SetShareOfAll()
    {
        if (!Controllers.Contains("cpu"))
            return;
        var (file, value) = CpuShares(new(null, null, Environment.ProcessorCount * 2000L, null));
        WriteIfThere(Folder, file, value);
    }

    /// <summary>How often the kernel has killed a process of a cgroup because its memory limit was reached.</summary>
    public long? OomKills(string folder)
    {
        // In both versions (version 1 since Linux 4.13).
        return Controllers.Contains("memory") ? Counter(Path.Combine(folder, IsVersion2 ? "memory.events" : "memory.oom_control"), "oom_kill ") : null;
    }

    /// <summary>How often the kernel has refused a process of a cgroup a further one because of its limit.</summary>
    public long? ProcessRefusals(string folder) => Controllers.Contains("pids") ? Counter(Path.Combine(folder, "pids.events"), "max ") : null;

    /// <summary>The number in a line such as "oom_kill 2"; 0 when the kernel does not count that.</summary>
    private static long? Counter(string file, string name)
    {
        try
        {
            return File.ReadLines(file)
                .Where(line => line.StartsWith(name, StringComparison.Ordinal))
                .Select(line => long.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture))
                .FirstOrDefault();
        }
        catch (IOException)
        {
            // The cgroup is gone: whoever removed it decided that nobody needs to know.
            return null;
        }
    }

    /// <summary>Lets a cgroup's children have the controllers ("top-down constraint" in the kernel's cgroup-v2 documentation).</summary>
    internal void EnableControllers(string folder)
    {
        var file = Path.Combine(folder, "cgroup.subtree_control");
        var enabled = File.ReadAllText(file).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var missing = Controllers.Except(enabled, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
            Write(file, string.Join(' ', missing.Select(controller => "+" + controller)));
    }

    private IEnumerable<(string File, string Value)> Settings(string controller, CgroupLimits limits) => (controller, IsVersion2) switch
    {
        ("memory", false) => MemoryVersion1(limits),
        ("memory", true) => MemoryVersion2(limits),
        ("cpu", false) => CpuVersion1(limits),
        ("cpu", true) => CpuVersion2(limits),
        _ => [("pids.max", Number(limits.Pids) ?? "max")],
    };

    private static IEnumerable<(string File, string Value)> MemoryVersion1(CgroupLimits limits)
    {
        if (Number(limits.MemoryBytes) is not { } bytes)
            yield break;
        yield return ("memory.limit_in_bytes", bytes);

        // Memory and swap together: without it a process over its limit only makes the machine slow.
        yield return ("memory.memsw.limit_in_bytes", bytes);
    }

    private static IEnumerable<(string File, string Value)> MemoryVersion2(CgroupLimits limits)
    {
        // A container is one thing: half of it running is worse than none (Kubernetes does the same since 1.28).
        yield return ("memory.oom.group", "1");
        if (Number(limits.MemoryBytes) is not { } bytes)
            yield break;
        yield return ("memory.max", bytes);
        yield return ("memory.swap.max", "0");
    }

    /// <summary>Version 2 has weights (1..10000) instead of shares (2..262144); the conversion is the kubelet's.</summary>
    private (string File, string Value) CpuShares(CgroupLimits limits) => IsVersion2
        ? ("cpu.weight", Number(1 + ((Shares(limits) - 2) * 9999 / 262142))!)
        : ("cpu.shares", Number(Shares(limits))!);

    private IEnumerable<(string File, string Value)> CpuVersion1(CgroupLimits limits)
    {
        yield return CpuShares(limits);
        if (limits.CpuMillis is { } millis)
        {
            yield return ("cpu.cfs_period_us", Number(Period)!);
            yield return ("cpu.cfs_quota_us", Number(Quota(millis))!);
        }
    }

    private IEnumerable<(string File, string Value)> CpuVersion2(CgroupLimits limits)
    {
        yield return CpuShares(limits);
        if (limits.CpuMillis is { } millis)
            yield return ("cpu.max", $"{Quota(millis)} {Period}");
    }

    private static long Shares(CgroupLimits limits) => Math.Clamp((limits.CpuRequestMillis ?? 0) * 1024 / 1000, 2, 262144);

    /// <summary>The kernel takes no quota below a millisecond.</summary>
    private static long Quota(long millis) => Math.Max(1000, millis * Period / 1000);

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    /// <summary>Swap accounting and group kill are compile-time or boot-time options of the kernel: where the file is missing there is nothing to set.</summary>
    private static void WriteIfThere(string folder, string file, string value)
    {
        var path = Path.Combine(folder, file);
        if (File.Exists(path))
            Write(path, value);
    }

    /// <summary>A cgroup file takes one write, and is neither created nor truncated.</summary>
    internal static void Write(string path, string value)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(handle, System.Text.Encoding.ASCII.GetBytes(value), 0);
    }
}

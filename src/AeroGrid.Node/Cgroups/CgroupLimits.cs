namespace AeroGrid.Node.Cgroups;

/// <summary>What a container may use. Null means no limit of its own.</summary>
/// <param name="MemoryBytes">Memory, page cache and tmpfs included.</param>
/// <param name="CpuMillis">Thousandths of a processor at most.</param>
/// <param name="CpuRequestMillis">Thousandths of a processor that it gets when others want them too.</param>
/// <param name="Pids">Processes and threads.</param>
internal sealed record CgroupLimits(long? MemoryBytes, long? CpuMillis, long? CpuRequestMillis, long? Pids);

using System.Runtime.InteropServices;

using AeroGrid.Node.Cgroups;

namespace AeroGrid.Node.Sandbox;

/// <summary>A file or folder of the machine that a sandbox sees.</summary>
/// <param name="Source">Absolute path on the machine.</param>
/// <param name="Target">Absolute path inside.</param>
/// <param name="Writable">Whether the process may change it.</param>
internal sealed record SandboxMount(string Source, string Target, bool Writable = false);

/// <summary>A symbolic link that a sandbox sees.</summary>
internal sealed record SandboxLink(string Path, string Content);

/// <summary>A process and what it sees and may use.</summary>
internal sealed record SandboxSpec
{
    /// <summary>What to start: a program, by path or by name on the PATH, and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The whole environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Working directory inside; it is created when it is not there.</summary>
    public string WorkingFolder { get; init; } = "/";

    /// <summary>Host name inside.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>User id inside.</summary>
    public uint User { get; init; } = 65532;

    /// <summary>Group id inside.</summary>
    public uint Group { get; init; } = 65532;

    /// <summary>The machine's user and group id that the process really runs with; null for the platform's own, the only choice without root.</summary>
    public uint? MachineUser { get; init; }

    /// <summary>Whether the machine's own programs and libraries stand in for a root filesystem.</summary>
    public bool MachineSystem { get; init; } = true;

    /// <summary>Folders that are made, before anything is mounted.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>What is mounted, in this order.</summary>
    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];

    /// <summary>Symbolic links.</summary>
    public IReadOnlyList<SandboxLink> Links { get; init; } = [];

    /// <summary>Where it runs; null for no limits.</summary>
    public Cgroup? Cgroup { get; init; }

    /// <summary>Limits of each process (<c>setrlimit(2)</c>).</summary>
    public ProcessLimits Limits { get; init; } = new();

    /// <summary>Standard output; null for none.</summary>
    public SafeHandle? Output { get; init; }

    /// <summary>Standard error; null for none.</summary>
    public SafeHandle? Error { get; init; }
}

/// <summary>Limits of each process; null leaves the machine's.</summary>
internal sealed record ProcessLimits
{
    /// <summary>Open files. Default 65536, or the machine's limit where that is lower.</summary>
    public long OpenFiles { get; init; } = 65536;

    /// <summary>Processes and threads of the machine user; only sensible where it is the pod's own.</summary>
    public long? Processes { get; init; }

    /// <summary>Bytes of one file.</summary>
    public long? FileBytes { get; init; }
}

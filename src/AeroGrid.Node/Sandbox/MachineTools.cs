namespace AeroGrid.Node.Sandbox;

/// <summary>The machine's programs that sandboxes are made with.</summary>
internal sealed record MachineTools
{
    private static readonly string[] Folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];

    /// <summary>Whether this process is root.</summary>
    public bool IsRoot { get; init; } = Native.LibC.EffectiveUser() == 0;

    /// <summary>bubblewrap; null where it is missing.</summary>
    public string? Bubblewrap { get; init; } = Find("bwrap");

    /// <summary>Runs a program with a mount namespace of its own (util-linux).</summary>
    public string? Unshare { get; init; } = Find("unshare");

    /// <summary>Mounts (util-linux).</summary>
    public string? Mount { get; init; } = Find("mount");

    /// <summary>Runs a program as another user (util-linux).</summary>
    public string? SetPrivileges { get; init; } = Find("setpriv");

    /// <summary>Runs a program with other limits (util-linux).</summary>
    public string? Limits { get; init; } = Find("prlimit");

    /// <summary>Whether pods can have machine users of their own.</summary>
    public bool CanChangeUser => IsRoot && SetPrivileges is not null;

    /// <summary>A shell as POSIX has it.</summary>
    public string Shell { get; init; } = "/bin/sh";

    /// <summary>The path of a program in the system's own folders: never one that a PATH of ours names.</summary>
    public static string? Find(string program) => Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

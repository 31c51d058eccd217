namespace AeroGrid.Node.Logs;

/// <summary>How much of a container's output is kept and how fast it is taken.</summary>
public sealed record LogOptions
{
    /// <summary>Size of a log file from which a new one is begun, in bytes. Default 10 MiB, as the kubelet's <c>containerLogMaxSize</c>.</summary>
    public long MaxFileBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>Files that are kept of a container, the current one included; at least 2. Default 3.</summary>
    public int MaxFiles { get; init; } = 3;

    /// <summary>
    /// Bytes a second that are taken from a container over a longer time; a container that writes faster waits in its writes, so that one
    /// which floods costs the machine a bounded share. Default 16 MiB.
    /// </summary>
    public long BytesPerSecond { get; init; } = 16 * 1024 * 1024;
}

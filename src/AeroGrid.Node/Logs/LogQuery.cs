namespace AeroGrid.Node.Logs;

/// <summary>Which lines of a log are wanted (<c>PodLogOptions</c> of the Kubernetes API).</summary>
internal sealed record LogQuery
{
    /// <summary>Wait for further lines until the container has ended.</summary>
    public bool Follow { get; init; }

    /// <summary>Only so many lines from the end.</summary>
    public long? TailLines { get; init; }

    /// <summary>Only lines from this time on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Put the time before each line.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Stop after so many bytes.</summary>
    public long? LimitBytes { get; init; }

    /// <summary><c>Stdout</c>, <c>Stderr</c> or null for both.</summary>
    public string? Stream { get; init; }
}

namespace AeroGrid.Node.Controllers;

/// <summary>How the built-in controllers work.</summary>
public sealed record WorkloadControllerOptions
{
    /// <summary>Where time comes from. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How many objects of a kind are reconciled at the same time. Default 4.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>How long a node may be gone before the pods that are bound to it are removed. Default 40 s, as in Kubernetes.</summary>
    public TimeSpan MissingNodeGrace { get; init; } = TimeSpan.FromSeconds(40);
}

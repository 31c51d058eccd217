namespace AeroGrid.ControllerRuntime.Leadership;

/// <summary>
/// Leader election on a <c>coordination.k8s.io/v1</c> Lease, with the same rules and defaults as Kubernetes' own components: of several
/// processes one works, and when it dies another follows within <see cref="LeaseDuration"/>.
/// </summary>
public sealed record LeaderElectionOptions
{
    /// <summary>The lease's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The lease's name: what the processes compete for.</summary>
    public required string Name { get; init; }

    /// <summary>Who this process is; unique among the competitors. Default: host name and a random part.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName}_{Guid.NewGuid():N}";

    /// <summary>How long others wait after the last renewal they saw before they take over. Whole seconds. Default 15 s.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the leader tries to renew before it stops leading. Shorter than <see cref="LeaseDuration"/>. Default 10 s.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time between attempts, to get as to renew. Default 2 s.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gives the lease back on an orderly stop, so that another can lead at once. Default true.</summary>
    public bool ReleaseOnStop { get; init; } = true;

    /// <exception cref="InvalidOperationException">The times do not keep two leaders apart.</exception>
    internal void Validate()
    {
        if (LeaseDuration < TimeSpan.FromSeconds(1))
            throw new InvalidOperationException($"LeaseDuration is {LeaseDuration}: a lease counts whole seconds, at least one.");
        if (LeaseDuration <= RenewDeadline)
            throw new InvalidOperationException($"RenewDeadline ({RenewDeadline}) must be shorter than LeaseDuration ({LeaseDuration}).");
        if (RetryPeriod <= TimeSpan.Zero || RenewDeadline <= RetryPeriod * 1.2)
        {
            throw new InvalidOperationException(
                $"RetryPeriod ({RetryPeriod}) must leave time for a second attempt before RenewDeadline ({RenewDeadline}).");
        }
    }
}

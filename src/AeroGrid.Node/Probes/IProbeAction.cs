namespace AeroGrid.Node.Probes;

/// <summary>A way to ask a container how it is. It never throws but for cancellation.</summary>
internal interface IProbeAction
{
    /// <summary>
    /// Whether asking costs next to nothing while nobody listens, so that it may be done every few milliseconds while a container starts.
    /// </summary>
    bool IsCheap { get; }

    /// <summary>Asks once.</summary>
    /// <param name="timeout">How long the answer may take.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<ProbeResult> RunAsync(TimeSpan timeout, CancellationToken cancellationToken);
}

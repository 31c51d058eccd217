using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

using AeroGrid.ControllerRuntime.Leadership;

namespace AeroGrid.ControllerRuntime;

/// <summary>How a <see cref="ControllerManager"/> runs.</summary>
public sealed record ControllerManagerOptions
{
    /// <summary>With it, controllers work only while this process holds the lease; null when there is only ever one process.</summary>
    public LeaderElectionOptions? LeaderElection { get; init; }

    /// <summary>How long running reconciles may go on after a stop before they are cancelled. Default 15 s.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where logs go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

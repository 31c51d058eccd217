using AeroGrid.Runner.Sessions;

namespace AeroGrid.Runner.Supervision;

/// <summary>How a life of the app ended.</summary>
/// <param name="Failure">Why.</param>
/// <param name="ExitCode">Of the process, when it ended by itself.</param>
/// <param name="WasReady">Whether it had caught up.</param>
internal sealed record ChildOutcome(AppFailure Failure, int? ExitCode, bool WasReady);

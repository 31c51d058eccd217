namespace AeroGrid.ControllerRuntime.Leadership;

/// <summary>
/// The lease could not be renewed in time, so another process may lead by now. A process ends with a non-zero exit code and starts
/// anew; what it was doing may be half done, and a fresh start is the one path that is always tested.
/// </summary>
/// <param name="message">Which lease, and why.</param>
/// <param name="inner">The last failure to renew, if there was one.</param>
public sealed class LeadershipLostException(string message, Exception? inner = null) : Exception(message, inner);

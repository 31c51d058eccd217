namespace AeroGrid.Cli.Up;

/// <summary>The platform cannot start, for a reason that a person can mend. The message is the one line that is printed before exit code 1.</summary>
internal sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);

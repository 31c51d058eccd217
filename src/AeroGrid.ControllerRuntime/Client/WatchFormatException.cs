namespace AeroGrid.ControllerRuntime.Client;

/// <summary>A watch stream carries something that is not a watch event: a cut line, a proxy's error page, garbage.</summary>
/// <param name="message">What was found where.</param>
/// <param name="inner">The parser's own words.</param>
public sealed class WatchFormatException(string message, Exception? inner) : IOException(message, inner);

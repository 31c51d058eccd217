using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Sessions;

/// <summary>Why the app's code does not run any more.</summary>
/// <param name="Message">For a person.</param>
/// <param name="Place">Where in its code, where that is known.</param>
/// <param name="Traceback">Python's own text, or null.</param>
internal sealed record AppFailure(string Message, CodePlace? Place = null, string? Traceback = null);

namespace AeroGrid.Runner.Protocol;

/// <summary>The other side of the socket does not keep to docs/reference/runner-protocol.md; the message says how.</summary>
internal sealed class ProtocolException(string message) : Exception(message);

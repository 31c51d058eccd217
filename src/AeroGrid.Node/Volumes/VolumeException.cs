namespace AeroGrid.Node.Volumes;

/// <summary>A volume cannot be made (yet); the message says which and why.</summary>
internal sealed class VolumeException(string message) : Exception(message);

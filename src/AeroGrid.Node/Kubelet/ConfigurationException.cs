namespace AeroGrid.Node.Kubelet;

/// <summary>A container cannot be configured (yet): status <c>CreateContainerConfigError</c> with this message.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);

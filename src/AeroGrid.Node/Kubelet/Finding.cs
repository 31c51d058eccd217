namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Something about a container that Kubernetes has no place for, though a person has to know it: why a program that runs does not serve.
/// Each kind is a condition of the pod, of status False while it is so and absent otherwise.
/// </summary>
/// <param name="Type">The condition's type.</param>
/// <param name="Reason">In one word.</param>
/// <param name="Message">In a sentence.</param>
internal sealed record Finding(string Type, string Reason, string Message)
{
    /// <summary>Whether the program listens where it was told to.</summary>
    public const string Listening = "node.aerogrid.io/Listening";

    /// <summary>Whether the program has been able to start all the processes and threads that it wanted.</summary>
    public const string ProcessesWithinLimit = "node.aerogrid.io/ProcessesWithinLimit";

    /// <summary>What all types begin with.</summary>
    public const string Prefix = "node.aerogrid.io/";
}

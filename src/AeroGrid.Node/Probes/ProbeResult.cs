namespace AeroGrid.Node.Probes;

/// <summary>What one attempt of a probe gave.</summary>
/// <param name="IsSuccess">Whether the container answered as it should.</param>
/// <param name="Message">What it answered instead, for an event.</param>
internal readonly record struct ProbeResult(bool IsSuccess, string Message)
{
    public static ProbeResult Success { get; } = new(true, "");

    public static ProbeResult Failure(string message) => new(false, message);
}

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// The pauses between restarts of a container (Kubernetes documentation, "Container restart policy"): none before the first restart, then
/// 10 s, doubled up to five minutes, and from the beginning after a run of ten minutes.
/// </summary>
internal sealed class CrashBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(10);
    private TimeSpan _next;

    /// <summary>The pause before the next restart.</summary>
    /// <param name="ran">How long the container ran.</param>
    public TimeSpan Next(TimeSpan ran)
    {
        var pause = ran >= Healthy ? TimeSpan.Zero : _next;
        _next = pause == TimeSpan.Zero ? First : pause * 2 < Longest ? pause * 2 : Longest;
        return pause;
    }
}

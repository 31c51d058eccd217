namespace AeroGrid.Node.Probes;

/// <summary>Succeeds when a command inside the container ends with 0.</summary>
/// <param name="run">Runs it: exit code and the beginning of its output; null when it took too long.</param>
internal sealed class ExecProbe(Func<TimeSpan, CancellationToken, Task<(int? ExitCode, string Output)>> run) : IProbeAction
{
    /// <inheritdoc/>
    public bool IsCheap => false;

    /// <inheritdoc/>
    public async Task<ProbeResult> RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var (code, output) = await run(timeout, cancellationToken).ConfigureAwait(false);
        return code switch
        {
            0 => ProbeResult.Success,
            null => ProbeResult.Failure($"command timed out after {timeout.TotalSeconds:0} s"),
            _ => ProbeResult.Failure(output.Length > 0 ? output : $"command ended with exit code {code}"),
        };
    }
}

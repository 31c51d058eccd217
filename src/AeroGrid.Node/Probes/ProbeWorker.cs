using k8s.Models;

namespace AeroGrid.Node.Probes;

/// <summary>
/// Repeats a probe of a running container and tells when its answer has changed for good, by the probe's thresholds. A container that starts
/// is asked every few milliseconds where that is cheap, since the next thing that waits for the answer is a person.
/// </summary>
internal sealed class ProbeWorker(V1Probe probe, IProbeAction action, bool asksDensely, TimeProvider time)
{
    private static readonly TimeSpan DensePause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan DenseTime = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _period = TimeSpan.FromSeconds(Math.Max(1, probe.PeriodSeconds ?? 10));
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds ?? 1));
    private readonly int _successes = Math.Max(1, probe.SuccessThreshold ?? 1);
    private readonly int _failures = Math.Max(1, probe.FailureThreshold ?? 3);

    /// <summary>Called for each failed attempt that counts.</summary>
    public required Action<ProbeResult> Failed { get; init; }

    /// <summary>Called when the answer has changed: true after enough successes, false after enough failures in a row.</summary>
    public required Action<bool> Changed { get; init; }

    /// <summary>Whether the first success ends the work, as for startup probes.</summary>
    public bool EndsWithSuccess { get; init; }

    /// <summary>Asks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (probe.InitialDelaySeconds is > 0 and var delay)
            await Task.Delay(TimeSpan.FromSeconds(delay), time, cancellationToken).ConfigureAwait(false);
        bool? state = null;
        var (inRow, last) = (0, (bool?)null);
        if (asksDensely && action.IsCheap && _successes == 1 && await FirstSuccessAsync(cancellationToken).ConfigureAwait(false))
        {
            (state, last, inRow) = (true, true, 1);
            Changed(true);
            if (EndsWithSuccess)
                return;
            await Task.Delay(_period, time, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            var result = await action.RunAsync(_timeout, cancellationToken).ConfigureAwait(false);
            (inRow, last) = (last == result.IsSuccess ? inRow + 1 : 1, result.IsSuccess);
            if (!result.IsSuccess)
                Failed(result);
            if (state != last && inRow >= (result.IsSuccess ? _successes : _failures))
            {
                state = last;
                Changed(result.IsSuccess);
                if (result.IsSuccess && EndsWithSuccess)
                    return;
            }

            await Task.Delay(_period, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Asks densely until the first success, for as long as the probe's own thresholds would not yet count failures as one. Failures are
    /// told once in a period, as without this.
    /// </summary>
    private async Task<bool> FirstSuccessAsync(CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var told = TimeSpan.Zero;
        var patience = _period * _failures < DenseTime ? _period * _failures : DenseTime;
        while (true)
        {
            var result = await action.RunAsync(_timeout, cancellationToken).ConfigureAwait(false);
            if (result.IsSuccess)
                return true;
            var elapsed = time.GetElapsedTime(begun);
            if (elapsed >= patience)
                return false;
            if (elapsed >= told + _period)
            {
                told = elapsed;
                Failed(result);
            }

            await Task.Delay(DensePause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}

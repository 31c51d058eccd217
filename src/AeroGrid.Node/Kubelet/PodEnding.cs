namespace AeroGrid.Node.Kubelet;

/// <summary>
/// The end of a pod: requested once, with a grace period that a later request may shorten but not lengthen. Thread-safe.
/// </summary>
internal sealed class PodEnding(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly CancellationTokenSource _over = new(Timeout.InfiniteTimeSpan, time);
    private readonly TaskCompletionSource _when = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private DateTimeOffset _deadline = DateTimeOffset.MaxValue;

    /// <summary>Cancelled when the pod is to end.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>Completes when the pod is to end.</summary>
    public Task WhenRequested => _when.Task;

    /// <summary>Cancelled when the grace period is over.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Why the node itself ends the pod; null when someone deleted it, or the node stops.</summary>
    public PodEnd? Reason { get; private set; }

    /// <summary>Asks the pod to end.</summary>
    public void Request(TimeSpan grace, PodEnd? reason = null)
    {
        lock (_gate)
        {
            Reason ??= reason;
            var deadline = time.GetUtcNow() + grace;
            if (deadline < _deadline)
            {
                _deadline = deadline;
                _over.CancelAfter(grace > TimeSpan.Zero ? grace : TimeSpan.Zero);
            }
        }

        // Not on the caller's thread, which may hold locks that whoever waits for this needs.
        _ = _requested.CancelAsync();
        _when.TrySetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _requested.Dispose();
        _over.Dispose();
    }
}

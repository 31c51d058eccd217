using System.Threading.Tasks.Sources;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>Wakes one waiter, once for any number of sets; a set while nobody waits is kept. Allocates nothing, since thousands wait at a time.</summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock gate = new();
    private ManualResetValueTaskSourceCore<bool> source = new() { RunContinuationsAsynchronously = true };
    private bool isSet;
    private bool isWaiting;

    public void Set()
    {
        lock (gate)
        {
            if (isSet)
                return;
            if (!isWaiting)
            {
                isSet = true;
                return;
            }

            isWaiting = false;
        }

        source.SetResult(true);
    }

    /// <summary>Returns when set. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        lock (gate)
        {
            if (isSet)
            {
                isSet = false;
                return ValueTask.CompletedTask;
            }

            source.Reset();
            isWaiting = true;
            return new ValueTask(this, source.Version);
        }
    }

    void IValueTaskSource.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}

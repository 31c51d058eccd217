namespace AeroGrid.ControllerRuntime.Client;

/// <summary>A token that ends with the caller's or after a time, and that knows which of the two it was.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource timer;
    private readonly CancellationTokenSource both;
    private readonly CancellationToken caller;

    public Deadline(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        timer = new CancellationTokenSource(limit, time);
        both = CancellationTokenSource.CreateLinkedTokenSource(caller, timer.Token);
        this.caller = caller;
    }

    public CancellationToken Token => both.Token;

    /// <summary>Whether the time ended the work, and not the caller.</summary>
    public bool Passed => timer.IsCancellationRequested && !caller.IsCancellationRequested;

    public void Dispose()
    {
        both.Dispose();
        timer.Dispose();
    }
}

namespace AeroGrid.Gateway.Forwarding;

/// <summary>
/// Aborts a connection on which a request is running and nothing moves for too long. The timer is not set for each request: it looks once in a
/// while when the last movement was.
/// </summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly UpstreamConnection connection;
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private readonly ITimer timer;
    private long movedAt;
    private volatile bool running;
    private volatile bool armed;
    private volatile bool expired;

    public IdleWatch(UpstreamConnection connection, TimeProvider time, TimeSpan timeout)
    {
        (this.connection, this.time, this.timeout) = (connection, time, timeout);
        timer = time.CreateTimer(static state => ((IdleWatch)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether it aborted the connection.</summary>
    public bool HasExpired => expired;

    /// <summary>A request begins.</summary>
    public void Begin()
    {
        Touch();
        running = true;
        if (armed)
            return;
        armed = true;
        timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Something moved.</summary>
    public void Touch() => Volatile.Write(ref movedAt, time.GetTimestamp());

    /// <summary>The request is over.</summary>
    public void End() => running = false;

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        // While the connection is idle the pool looks after it; the timer goes on for the next request.
        var left = timeout - time.GetElapsedTime(Volatile.Read(ref movedAt));
        if (running && left <= TimeSpan.Zero)
        {
            expired = true;
            connection.Abort();
            return;
        }

        timer.Change(left > TimeSpan.Zero ? left : timeout, Timeout.InfiniteTimeSpan);
    }
}

using System.Net;

using AeroGrid.Gateway.Hosting;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>
/// Connections to apps that wait for their next request, the last used one first. A connection is closed after a few seconds without a request:
/// common servers close it after five (uvicorn, Node.js), and the app should seldom be the one who closes first. Thread-safe.
/// </summary>
internal sealed class UpstreamPool : IDisposable
{
    public static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(4);

    private readonly Lock gate = new();
    private readonly Dictionary<IPEndPoint, Stack<UpstreamConnection>> idle = [];
    private readonly TimeProvider time;
    private readonly GatewayLimits limits;
    private readonly ITimer sweeper;
    private bool sweeping;
    private bool disposed;

    public UpstreamPool(GatewayLimits limits, TimeProvider time)
    {
        (this.limits, this.time) = (limits, time);
        sweeper = time.CreateTimer(static state => ((UpstreamPool)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many connections wait.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return idle.Values.Sum(stack => stack.Count);
        }
    }

    /// <summary>A connection that waits for a request; null when there is none that can take one.</summary>
    public UpstreamConnection? TryRent(IPEndPoint address)
    {
        while (Pop(address) is { } connection)
        {
            if (time.GetElapsedTime(connection.IdleSince) < KeepFor && connection.IsUsable())
                return connection;
            connection.Dispose();
        }

        return null;
    }

    /// <summary>A new connection.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The app refused, or cannot be reached.</exception>
    /// <exception cref="TimeoutException">The app did not take the connection in time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<UpstreamConnection> ConnectAsync(IPEndPoint address, CancellationToken aborted, CancellationToken limit)
    {
        using var timeout = new CancellationTokenSource(limits.ConnectTimeout, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted, limit);
        try
        {
            return await UpstreamConnection.ConnectAsync(address, time, limits.IdleTimeout, any.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !aborted.IsCancellationRequested && !limit.IsCancellationRequested)
        {
            throw new TimeoutException($"{address} did not take the connection within {limits.ConnectTimeout.TotalSeconds} s.", e);
        }
    }

    /// <summary>Keeps a connection for the next request.</summary>
    public void Return(IPEndPoint address, UpstreamConnection connection)
    {
        connection.End();
        lock (gate)
        {
            if (!disposed)
            {
                if (!idle.TryGetValue(address, out var stack))
                    idle[address] = stack = new();
                stack.Push(connection);
                if (!sweeping)
                {
                    sweeping = true;
                    sweeper.Change(KeepFor, Timeout.InfiniteTimeSpan);
                }

                return;
            }
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            foreach (var connection in idle.Values.SelectMany(stack => stack))
                connection.Dispose();
            idle.Clear();
        }

        sweeper.Dispose();
    }

    private UpstreamConnection? Pop(IPEndPoint address)
    {
        lock (gate)
            return idle.TryGetValue(address, out var stack) && stack.TryPop(out var connection) ? connection : null;
    }

    /// <summary>Closes what waited too long, and rests when nothing waits any more.</summary>
    private void Sweep()
    {
        List<UpstreamConnection> old = [];
        lock (gate)
        {
            if (disposed)
                return;
            foreach (var (address, stack) in idle)
            {
                // The oldest lie at the bottom.
                var kept = stack.Where(connection => time.GetElapsedTime(connection.IdleSince) < KeepFor).Reverse().ToArray();
                if (kept.Length == stack.Count)
                    continue;
                old.AddRange(stack.Where(connection => !kept.Contains(connection)));
                if (kept.Length == 0)
                    idle.Remove(address);
                else
                    idle[address] = new(kept);
            }

            sweeping = idle.Count > 0;
            if (sweeping)
                sweeper.Change(KeepFor / 4, Timeout.InfiniteTimeSpan);
        }

        foreach (var connection in old)
            connection.Dispose();
    }
}

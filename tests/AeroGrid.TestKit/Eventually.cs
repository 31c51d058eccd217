using System.Diagnostics;

namespace AeroGrid.TestKit;

/// <summary>Waits for conditions, so that no test waits for durations.</summary>
public static class Eventually
{
    /// <summary>How long a condition may take unless a test says otherwise: generous, since it costs nothing when the condition holds.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Repeats a probe until it returns without an exception, and returns its result.</summary>
    /// <exception cref="TimeoutException">It did not within the time; the last failure is inside.</exception>
    public static async Task<T> Async<T>(Func<Task<T>> probe, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var limit = timeout ?? DefaultTimeout;
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await probe();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                if (watch.Elapsed > limit)
                {
                    throw new TimeoutException($"The condition did not hold within {limit.TotalSeconds:0} s: {e.Message}", e);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Repeats a probe until it returns without an exception.</summary>
    public static Task Async(Func<Task> probe, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Async(async () => { await probe(); return true; }, timeout, cancellationToken);

    /// <summary>Repeats a check until it is true.</summary>
    public static Task True(Func<bool> check, string because, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Async(
            () => check() ? Task.FromResult(true) : throw new InvalidOperationException(because),
            timeout,
            cancellationToken);
}

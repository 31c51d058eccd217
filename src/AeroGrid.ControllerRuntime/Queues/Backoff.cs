namespace AeroGrid.ControllerRuntime.Queues;

/// <summary>
/// How long to wait before the n-th new attempt: <see cref="Initial"/>, doubled each time, never more than <see cref="Maximum"/>, each
/// time with a random part so that many who failed together do not come back together. It has no last attempt.
/// </summary>
public sealed record Backoff
{
    /// <summary>The wait before the first new attempt. Default 50 ms.</summary>
    public TimeSpan Initial { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait, its random part included. Default 2 minutes.</summary>
    public TimeSpan Maximum { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The share of a wait that is random, 0 to 1: with 0.2 a wait of 10 s is 8 to 10 s. Default 0.2.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>The wait after a number of failures in a row.</summary>
    /// <param name="failures">1 after the first failure.</param>
    public TimeSpan After(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);

        // 2^62 is past every maximum; more would overflow to infinity and then to nonsense.
        var full = Math.Min(Initial.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 62)), Maximum.TotalSeconds);
#pragma warning disable CA5394 // Spreading load needs no secret randomness.
        return TimeSpan.FromSeconds(full * (1 - (Jitter * Random.Shared.NextDouble())));
#pragma warning restore CA5394
    }
}

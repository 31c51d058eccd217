namespace AeroGrid.Client.Http;

/// <summary>Growing pauses between attempts, each a little random, so that many clients do not come back in the same instant. Not thread-safe.</summary>
/// <param name="first">The first pause.</param>
/// <param name="longest">No pause is longer.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _attempts;

    /// <summary>Begins anew, after something succeeded.</summary>
    public void Reset() => _attempts = 0;

    /// <summary>The next pause: twice the one before, 20 % more or less.</summary>
    public TimeSpan Next()
    {
        var pause = Math.Min(first.TotalMilliseconds * Math.Pow(2, Math.Min(_attempts++, 30)), longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(pause * (0.8 + (0.4 * Random.Shared.NextDouble())));
    }
}

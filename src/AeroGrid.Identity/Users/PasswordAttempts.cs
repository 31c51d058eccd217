namespace AeroGrid.Identity.Users;

/// <summary>
/// Slows down guessing: after five wrong guesses in a row for a name the next one has to wait, from five seconds up to five minutes. Names are
/// kept in a fixed number of buckets under a secret hash, so that inventing names neither fills memory nor tells which names exist.
/// In memory only: a restart forgets. Thread-safe.
/// </summary>
internal sealed class PasswordAttempts(TimeProvider time)
{
    private const int Free = 5;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(30);

    private readonly Bucket[] _buckets = new Bucket[1024];
    private readonly Lock _gate = new();

    /// <summary>Counts an attempt before it is made, so that attempts side by side count too.</summary>
    /// <returns>How long to wait; null when the attempt may be made.</returns>
    public TimeSpan? Begin(string name)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            ref var bucket = ref BucketOf(name);
            if (bucket.NotBefore > now)
            {
                return bucket.NotBefore - now;
            }

            bucket.Failures = now - bucket.Last > Forgotten ? 1 : bucket.Failures + 1;
            bucket.Last = now;
            if (bucket.Failures >= Free)
            {
                var pause = FirstPause * Math.Pow(2, Math.Min(bucket.Failures - Free, 10));
                bucket.NotBefore = now + (pause < LongestPause ? pause : LongestPause);
            }

            return null;
        }
    }

    /// <summary>The attempt was right.</summary>
    public void Succeeded(string name)
    {
        lock (_gate)
        {
            BucketOf(name) = default;
        }
    }

    // string.GetHashCode has a random key for each process.
    private ref Bucket BucketOf(string name) => ref _buckets[(uint)name.GetHashCode(StringComparison.OrdinalIgnoreCase) % (uint)_buckets.Length];

    private struct Bucket
    {
        public int Failures;
        public DateTimeOffset Last;
        public DateTimeOffset NotBefore;
    }
}

using System.Runtime.ExceptionServices;

namespace AeroGrid.Node.Controllers.Pods;

/// <summary>
/// Writes for many pods at once, in batches of 1, 2, 4, …: when the first is refused (a quota, a broken template), not a hundred requests
/// are made to learn the same. The rule is that of Kubernetes' controllers ("slow start").
/// </summary>
internal static class PodBatches
{
    private const int Largest = 64;

    /// <summary>Runs <paramref name="write"/> a number of times.</summary>
    /// <returns>How many succeeded, and the first failure when there was one; no further batch is begun after a failure.</returns>
    public static async Task<(int Done, ExceptionDispatchInfo? Failure)> RunAsync(int count, Func<int, Task> write)
    {
        var done = 0;
        for (var (begin, size) = (0, 1); begin < count; begin += size, size = Math.Min(size * 2, Largest))
        {
            size = Math.Min(size, count - begin);
            var batch = Enumerable.Range(begin, size).Select(write).ToList();
            try
            {
                await Task.WhenAll(batch).ConfigureAwait(false);
                done += size;
            }
#pragma warning disable CA1031 // Nothing is swallowed: the caller gets the failure with the number of successes.
            catch (Exception e)
#pragma warning restore CA1031
            {
                return (done + batch.Count(task => task.IsCompletedSuccessfully), ExceptionDispatchInfo.Capture(e));
            }
        }

        return (done, null);
    }
}

using System.Collections.Concurrent;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Servers;

/// <summary>A reconciler that writes down what it is asked to do, and does what a test tells it.</summary>
internal sealed class Recorder<T> : IReconciler<T>
    where T : class, k8s.IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<ObjectKey, int> running = new();
    private int overlaps;
    private int active;
    private int mostActive;

    public ConcurrentQueue<string> Runs { get; } = new();

    public int Overlaps => overlaps;

    public int MostActive => mostActive;

    public Func<ObjectKey, CancellationToken, Task<ReconcileResult>>? Work { get; set; }

    public int Count(string name) => Runs.Count(run => run == name);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (running.AddOrUpdate(key, 1, static (_, count) => count + 1) > 1)
            Interlocked.Increment(ref overlaps);
        var now = Interlocked.Increment(ref active);
        InterlockedMax(now);
        Runs.Enqueue(key.Name);
        try
        {
            return Work is null ? ReconcileResult.Done : await Work(key, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref active);
            running.AddOrUpdate(key, 0, static (_, count) => count - 1);
        }
    }

    private void InterlockedMax(int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref mostActive)) < value && Interlocked.CompareExchange(ref mostActive, value, seen) != seen)
        {
        }
    }
}

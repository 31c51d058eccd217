using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.ControllerRuntime.Queues;

namespace AeroGrid.ControllerRuntime.Controllers;

/// <summary>Says what a controller watches and how it works. Used inside <c>ControllerManager.AddController</c>.</summary>
/// <typeparam name="T">The kind that is reconciled.</typeparam>
public sealed class ControllerBuilder<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ControllerManager manager;
    private readonly List<Action<WorkQueue<ObjectKey>>> sources = [];
    private InformerOptions? primary;
    private Func<T?, T?, bool>? filter;

    internal ControllerBuilder(ControllerManager manager) => this.manager = manager;

    internal int WorkerCount { get; private set; } = 1;

    internal Backoff FailureBackoff { get; private set; } = new();

    internal TimeSpan? ResyncPeriod { get; private set; }

    /// <summary>Which objects of the kind are reconciled: a namespace, a selector. Default all.</summary>
    public ControllerBuilder<T> For(InformerOptions options)
    {
        primary = options;
        return this;
    }

    /// <summary>
    /// Which changes of the object itself are worth a reconcile; old is null for a new object, new for one that is gone. Changes of
    /// owned and watched objects are not asked about.
    /// </summary>
    public ControllerBuilder<T> Where(Func<T?, T?, bool> worthReconciling)
    {
        filter = worthReconciling;
        return this;
    }

    /// <summary>Leaves out changes of the status alone, which is mostly what the controller itself wrote.</summary>
    public ControllerBuilder<T> IgnoreStatusChanges() => Where(Changes.BeyondStatus);

    /// <summary>
    /// Reconciles an object when an object that it controls changes. When that changes hands, both controllers are reconciled.
    /// </summary>
    /// <typeparam name="TChild">The kind that is owned.</typeparam>
    public ControllerBuilder<T> Owns<TChild>(InformerOptions? options = null)
        where TChild : class, IKubernetesObject<V1ObjectMeta> =>
        Watches<TChild>(static child => OwnerReferences.ControllerKey<T>(child) is { } owner ? [owner] : [], options);

    /// <summary>
    /// Reconciles the objects that a function names when an object of another kind changes. It is asked about the old and the new state.
    /// </summary>
    /// <typeparam name="TOther">The kind that is watched.</typeparam>
    public ControllerBuilder<T> Watches<TOther>(Func<TOther, IEnumerable<ObjectKey>> keys, InformerOptions? options = null)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(keys);
        var informer = manager.Informer<TOther>(options);
        sources.Add(queue => informer.Changed += (old, now) =>
        {
            if (old is not null)
                AddAll(queue, keys(old));
            if (now is not null)
                AddAll(queue, keys(now));
        });
        return this;
    }

    /// <summary>How many keys are reconciled at the same time. Default 1. One key is never reconciled twice at once.</summary>
    public ControllerBuilder<T> Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        WorkerCount = count;
        return this;
    }

    /// <summary>How failing keys are spaced. Default 50 ms doubling to 2 minutes.</summary>
    public ControllerBuilder<T> Backoff(Backoff backoff)
    {
        FailureBackoff = backoff;
        return this;
    }

    /// <summary>
    /// Reconciles every object again after this time without a reason, for controllers whose work others undo outside of Kubernetes.
    /// Default never: what Kubernetes shows is watched.
    /// </summary>
    public ControllerBuilder<T> Resync(TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        ResyncPeriod = period;
        return this;
    }

    internal Informer<T> Build(WorkQueue<ObjectKey> queue)
    {
        var informer = manager.Informer<T>(primary);
        informer.Changed += (old, now) =>
        {
            if (filter is null || filter(old, now))
                queue.Add(ObjectKey.Of((now ?? old)!));
        };
        foreach (var source in sources)
            source(queue);
        return informer;
    }

    private static void AddAll(WorkQueue<ObjectKey> queue, IEnumerable<ObjectKey> keys)
    {
        foreach (var key in keys)
            queue.Add(key);
    }
}

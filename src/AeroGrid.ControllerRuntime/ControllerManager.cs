using System.Collections.Concurrent;

using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Controllers;
using AeroGrid.ControllerRuntime.Events;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Leadership;

namespace AeroGrid.ControllerRuntime;

/// <summary>
/// Runs controllers on shared informers: one cache and one watch for each kind (and selection), however many controllers use it.
/// <code>
/// await using var manager = new ControllerManager(client);
/// manager.AddController("apps", new AppReconciler(...), c => c.Owns&lt;V1Deployment&gt;().Workers(4));
/// await manager.RunAsync(stop);
/// </code>
/// Controllers are added before the start; informers may be asked for at any time. Thread-safe.
/// </summary>
public sealed partial class ControllerManager : IAsyncDisposable
{
    private readonly ControllerManagerOptions options;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private readonly Dictionary<(Type Type, InformerOptions Options), IInformer> informers = [];
    private readonly List<IController> controllers = [];
    private readonly ConcurrentBag<Task> informerRuns = [];
    private readonly ConcurrentBag<EventRecorder> recorders = [];
    private readonly CancellationTokenSource informersEnd = new();
    private readonly CancellationTokenSource stopped = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LeaderElector? elector;
    private Task? run;

    /// <summary>A manager that works with one server as one identity.</summary>
    public ControllerManager(ResourceClient client, ControllerManagerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        Client = client;
        this.options = options ?? new();
        logger = this.options.LoggerFactory.CreateLogger<ControllerManager>();
        if (this.options.LeaderElection is { } election)
            elector = new LeaderElector(client, election, logger, this.options.TimeProvider);
    }

    /// <summary>The client that the informers use; reconcilers write with it.</summary>
    public ResourceClient Client { get; }

    /// <summary>Whether every informer has its first list. A process that waits for its turn to lead is ready too.</summary>
    public bool IsReady => ready.Task.IsCompletedSuccessfully;

    /// <summary>Whether this process' controllers work: always without leader election.</summary>
    public bool IsLeader => elector?.IsLeader ?? IsReady;

    /// <summary>Ends when <see cref="IsReady"/>.</summary>
    public Task WaitForReadyAsync(CancellationToken cancellationToken = default) => ready.Task.WaitAsync(cancellationToken);

    /// <summary>The shared informer of a kind (and selection). Asked for after the start, it begins to fill at once.</summary>
    public Informer<T> Informer<T>(InformerOptions? informerOptions = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var key = (typeof(T), informerOptions ?? new());
        lock (gate)
        {
            if (informers.TryGetValue(key, out var known))
                return (Informer<T>)known;
            var informer = new Informer<T>(Client, key.Item2, options.LoggerFactory, options.TimeProvider);
            informers.Add(key, informer);
            if (run is not null)
                Start(informer);
            return informer;
        }
    }

    /// <summary>Adds a controller. Its informers come into being here; its reconciler first runs when all informers are in.</summary>
    /// <param name="name">For logs and metrics; unique in the manager.</param>
    /// <param name="reconciler">What it does.</param>
    /// <param name="configure">What it watches.</param>
    /// <exception cref="InvalidOperationException">The manager runs already, or has a controller of that name.</exception>
    public void AddController<T>(string name, IReconciler<T> reconciler, Action<ControllerBuilder<T>>? configure = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(reconciler);
        lock (gate)
        {
            if (run is not null)
                throw new InvalidOperationException($"Add the controller '{name}' before the manager starts.");
            if (controllers.Any(other => other.Name == name))
                throw new InvalidOperationException($"There is a controller '{name}' already.");
            var builder = new ControllerBuilder<T>(this);
            configure?.Invoke(builder);
            var controllerLogger = options.LoggerFactory.CreateLogger($"{typeof(Controller<>).Namespace}.{name}");
            controllers.Add(new Controller<T>(name, reconciler, builder, controllerLogger, options.TimeProvider));
        }
    }

    /// <summary>Adds a controller whose reconciler is a function.</summary>
    /// <inheritdoc cref="AddController{T}(string, IReconciler{T}, Action{ControllerBuilder{T}})"/>
    public void AddController<T>(
        string name, Func<ObjectKey, CancellationToken, Task<ReconcileResult>> reconcile, Action<ControllerBuilder<T>>? configure = null)
        where T : class, IKubernetesObject<V1ObjectMeta> => AddController(name, new FunctionReconciler<T>(reconcile), configure);

    /// <summary>A recorder of Kubernetes events that this manager's client writes.</summary>
    /// <param name="component">Who reports, as <c>kubectl describe</c> shows it.</param>
    /// <returns>A recorder that ends with the manager.</returns>
    public EventRecorder CreateEventRecorder(string component)
    {
        var recorder = new EventRecorder(Client, component, options.LoggerFactory, options.TimeProvider);
        recorders.Add(recorder);
        return recorder;
    }

    /// <summary>
    /// Runs until cancelled, then stops in order: no new reconciles, running ones may finish for
    /// <see cref="ControllerManagerOptions.ShutdownTimeout"/>, the lease is given back, the watches end.
    /// </summary>
    /// <exception cref="LeadershipLostException">The lease is lost: end the process with a non-zero exit code.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = StartCore();
        await using var stopping = cancellationToken.Register(() => stopped.Cancel());
        await running.ConfigureAwait(false);
    }

    /// <summary>Starts, and ends when <see cref="IsReady"/>. Watch <see cref="Completion"/> for its end.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var running = StartCore();
        await Task.WhenAny(running, WaitForReadyAsync(cancellationToken)).Unwrap().ConfigureAwait(false);
    }

    /// <summary>Ends when the manager has stopped; with <see cref="LeadershipLostException"/> when the lease was lost.</summary>
    public Task Completion => run ?? throw new InvalidOperationException("The manager has not been started.");

    /// <summary>Stops as <see cref="RunAsync"/> does, and ends when that is done. A loss of leadership is told by <see cref="Completion"/> alone.</summary>
    public async Task StopAsync()
    {
        // Not CancelAsync: when this method returns its task, no key is taken any more.
#pragma warning disable CA1849, MA0042
        stopped.Cancel();
#pragma warning restore CA1849, MA0042
        if (run is { } running)
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await informersEnd.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(informerRuns).ConfigureAwait(false);
        foreach (var controller in controllers)
            controller.Dispose();
        foreach (var recorder in recorders)
            await recorder.DisposeAsync().ConfigureAwait(false);
        informersEnd.Dispose();
        stopped.Dispose();
    }

    private Task StartCore()
    {
        lock (gate)
        {
            if (run is not null)
                throw new InvalidOperationException("A manager runs once.");
            foreach (var informer in informers.Values)
                Start(informer);
            return run = RunCoreAsync();
        }
    }

    private void Start(IInformer informer) => informerRuns.Add(Task.Run(() => informer.RunAsync(informersEnd.Token)));

    private async Task RunCoreAsync()
    {
        await Task.Yield();
        try
        {
            List<IInformer> first;
            lock (gate)
                first = [.. informers.Values];
            foreach (var informer in first)
                await informer.WaitForSyncAsync(stopped.Token).ConfigureAwait(false);
            ready.TrySetResult();
            Log.Ready(logger, first.Count);
            if (elector is null)
                await RunControllersAsync(stopped.Token, CancellationToken.None).ConfigureAwait(false);
            else
                await LeadAsync(elector).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // Stopped before there was anything to finish.
        }
        finally
        {
            ready.TrySetCanceled(CancellationToken.None);
            await informersEnd.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task LeadAsync(LeaderElector leader)
    {
        await leader.AcquireAsync(stopped.Token).ConfigureAwait(false);

        // The lease is held until the last reconcile has finished: released earlier, two processes would work at once.
        using var holdEnds = new CancellationTokenSource();
        using var lost = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopped.Token, lost.Token);
        var hold = HoldAsync();
        try
        {
            await RunControllersAsync(stop.Token, lost.Token).ConfigureAwait(false);
        }
        finally
        {
            await holdEnds.CancelAsync().ConfigureAwait(false);
        }

        if (await hold.ConfigureAwait(false) is { } loss)
            throw loss;
        if (options.LeaderElection!.ReleaseOnStop)
        {
            using var limit = new CancellationTokenSource(options.LeaderElection.RetryPeriod, options.TimeProvider);
            await leader.ReleaseAsync(limit.Token).ConfigureAwait(false);
        }

        async Task<LeadershipLostException?> HoldAsync()
        {
            try
            {
                await leader.HoldAsync(holdEnds.Token).ConfigureAwait(false);
                return null;
            }
            catch (OperationCanceledException) when (holdEnds.IsCancellationRequested)
            {
                return null;
            }
            catch (LeadershipLostException e)
            {
                Log.Lost(logger, e.Message);
                await lost.CancelAsync().ConfigureAwait(false);
                return e;
            }
        }
    }

    private async Task RunControllersAsync(CancellationToken stop, CancellationToken abortNow)
    {
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(abortNow);
        await using var limit = stop.Register(() => abort.CancelAfter(options.ShutdownTimeout));
        List<IController> all;
        lock (gate)
            all = [.. controllers];
        var work = Task.WhenAll(all.Select(controller => controller.RunAsync(stop, abort.Token)));

        // A manager without controllers is a set of caches: it runs until it is stopped, all the same.
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ending = stop.Register(() => end.TrySetResult());
        await end.Task.ConfigureAwait(false);
        await work.ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "All {Count} informers are in")]
        public static partial void Ready(ILogger logger, int count);

        [LoggerMessage(LogLevel.Critical, "{Reason}")]
        public static partial void Lost(ILogger logger, string reason);
    }
}

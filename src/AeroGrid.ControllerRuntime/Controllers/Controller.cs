using System.Diagnostics;

using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Diagnostics;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Queues;

namespace AeroGrid.ControllerRuntime.Controllers;

/// <summary>What a manager needs of controllers of all kinds.</summary>
internal interface IController : IDisposable
{
    string Name { get; }

    int QueueDepth { get; }

    /// <summary>Works until <paramref name="stop"/>, then lets running reconciles finish until <paramref name="abort"/>.</summary>
    Task RunAsync(CancellationToken stop, CancellationToken abort);
}

/// <summary>Takes keys off a queue and has them reconciled.</summary>
internal sealed partial class Controller<T> : IController
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly IReconciler<T> reconciler;
    private readonly WorkQueue<ObjectKey> queue;
    private readonly Informer<T> informer;
    private readonly int workers;
    private readonly TimeSpan? resync;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly KeyValuePair<string, object?> tag;
    private readonly string kind = ResourceTypes.Of<T>().Kind;

    public Controller(string name, IReconciler<T> reconciler, ControllerBuilder<T> builder, ILogger logger, TimeProvider time)
    {
        Name = name;
        this.reconciler = reconciler;
        this.logger = logger;
        this.time = time;
        tag = ControllerTelemetry.Controller(name);
        workers = builder.WorkerCount;
        resync = builder.ResyncPeriod;
        queue = new WorkQueue<ObjectKey>(builder.FailureBackoff, time);
        informer = builder.Build(queue);
    }

    public string Name { get; }

    public int QueueDepth => queue.Depth;

    public async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        await using var closing = stop.Register(queue.Close);
        using var timer = resync is { } period ? time.CreateTimer(_ => AddEverything(), null, period, period) : null;
        Log.Started(logger, Name, workers);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(abort), CancellationToken.None)))
            .ConfigureAwait(false);
        Log.Stopped(logger, Name);
    }

    public void Dispose() => queue.Dispose();

    private void AddEverything()
    {
        foreach (var obj in informer.List())
            queue.Add(ObjectKey.Of(obj));
    }

    private async Task WorkAsync(CancellationToken abort)
    {
        while (await queue.TakeAsync(CancellationToken.None).ConfigureAwait(false) is var (key, waited))
        {
            ControllerTelemetry.QueueWait.Record(waited.TotalSeconds, tag);
            try
            {
                await ReconcileAsync(key, abort).ConfigureAwait(false);
            }
            finally
            {
                queue.Done(key);
            }
        }
    }

    private async Task ReconcileAsync(ObjectKey key, CancellationToken abort)
    {
        using var activity = ControllerTelemetry.Activities.StartActivity($"reconcile {Name}");
        activity?.SetTag("controller.name", Name);
        activity?.SetTag("k8s.kind", kind);
        activity?.SetTag("k8s.namespace.name", key.Namespace);
        activity?.SetTag("k8s.object.name", key.Name);
        ControllerTelemetry.ReconcilesActive.Add(1, tag);
        var started = time.GetTimestamp();
        var result = "error";
        try
        {
            var outcome = await reconciler.ReconcileAsync(key, abort).ConfigureAwait(false);
            queue.Forget(key);
            result = outcome.After is null ? "done" : "requeue";
            if (outcome.After is { } delay)
            {
                queue.AddAfter(key, delay);
                Log.Requeued(logger, Name, key, delay.TotalSeconds, outcome.Reason);
            }
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            result = "cancelled";
        }
        catch (TerminalException e)
        {
            queue.Forget(key);
            result = "terminal";
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            Log.Terminal(logger, e, Name, key);
        }
#pragma warning disable CA1031 // Whatever a reconciler throws is that key's failure; it is logged, counted and tried again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            AfterFailure(key, e, ref result);
        }
        finally
        {
            ControllerTelemetry.ReconcilesActive.Add(-1, tag);
            ControllerTelemetry.ReconcileDuration.Record(time.GetElapsedTime(started).TotalSeconds, tag, new("result", result));
        }
    }

    private void AfterFailure(ObjectKey key, Exception e, ref string result)
    {
        var delay = queue.AddFailed(key);
        ControllerTelemetry.QueueRetries.Add(1, tag);

        // A conflict only says that someone else was faster: the cache is about to show it, and the next attempt works on that.
        if (e is KubernetesApiException { IsConflict: true })
        {
            result = "conflict";
            Log.Conflict(logger, Name, key, delay.TotalSeconds, e.Message);
        }
        else
        {
            Log.Failed(logger, e, Name, key, queue.Failures(key), delay.TotalSeconds);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "Controller {Controller} works with {Workers} workers")]
        public static partial void Started(ILogger logger, string controller, int workers);

        [LoggerMessage(LogLevel.Debug, "Controller {Controller} has stopped")]
        public static partial void Stopped(ILogger logger, string controller);

        [LoggerMessage(LogLevel.Debug, "{Controller} {Key} is looked at again in {Seconds:0.0} s: {Reason}")]
        public static partial void Requeued(ILogger logger, string controller, ObjectKey key, double seconds, string? reason);

        [LoggerMessage(LogLevel.Debug, "{Controller} {Key} met a conflict; trying again in {Seconds:0.0} s: {Reason}")]
        public static partial void Conflict(ILogger logger, string controller, ObjectKey key, double seconds, string reason);

        [LoggerMessage(LogLevel.Warning, "{Controller} {Key} failed {Failures} times in a row; trying again in {Seconds:0.0} s")]
        public static partial void Failed(ILogger logger, Exception exception, string controller, ObjectKey key, int failures, double seconds);

        [LoggerMessage(LogLevel.Warning, "{Controller} {Key} cannot be reconciled before something changes")]
        public static partial void Terminal(ILogger logger, Exception exception, string controller, ObjectKey key);
    }
}

using System.Collections.Concurrent;

using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Diagnostics;
using AeroGrid.ControllerRuntime.Queues;

namespace AeroGrid.ControllerRuntime.Events;

/// <summary>
/// Writes Kubernetes events, which <c>kubectl get events</c> and <c>kubectl describe</c> show. Recording never waits and never fails:
/// events are for people, and reconciling must not depend on them. The same event of the same object is one Event whose count rises;
/// when an object has very many different ones, the later are dropped and counted. Thread-safe.
/// </summary>
public sealed partial class EventRecorder : IAsyncDisposable
{
    private const int MaximumKnown = 4096;
    private const int MaximumMessage = 1024;

    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly ResourceClient client;
    private readonly string component;
    private readonly string instance;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<Occurrence, Series> known = new();
    private readonly WorkQueue<Occurrence> queue;
    private readonly CancellationTokenSource end = new();
    private readonly Task writer;

    /// <summary>A recorder; it writes until it is disposed.</summary>
    /// <param name="client">Writes the events.</param>
    /// <param name="component">Who reports, as <c>kubectl describe</c> shows it.</param>
    /// <param name="loggers">Where failures to write are told.</param>
    /// <param name="timeProvider">Where time comes from; null for the system's.</param>
    public EventRecorder(ResourceClient client, string component, ILoggerFactory loggers, TimeProvider? timeProvider = null)
    {
        this.client = client;
        this.component = component;
        instance = Environment.MachineName;
        time = timeProvider ?? TimeProvider.System;
        logger = loggers.CreateLogger<EventRecorder>();
        queue = new WorkQueue<Occurrence>(timeProvider: time);
        writer = Task.Run(WriteAllAsync);
    }

    /// <summary>Something went as it should: <c>kubectl</c> shows the type Normal.</summary>
    /// <param name="obj">What it is about.</param>
    /// <param name="reason">In CamelCase, for programs.</param>
    /// <param name="message">For a person; cut after 1024 characters. Never a secret.</param>
    public void Normal(IKubernetesObject<V1ObjectMeta> obj, string reason, string message) => Record(obj, "Normal", reason, message);

    /// <summary>Something needs attention: <c>kubectl</c> shows the type Warning.</summary>
    /// <param name="obj">What it is about.</param>
    /// <param name="reason">In CamelCase, for programs.</param>
    /// <param name="message">For a person; cut after 1024 characters. Never a secret.</param>
    public void Warning(IKubernetesObject<V1ObjectMeta> obj, string reason, string message) => Record(obj, "Warning", reason, message);

    /// <summary>Stops writing; what was recorded in the last moment may not be written.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Close();
        await end.CancelAsync().ConfigureAwait(false);
        await writer.ConfigureAwait(false);
        queue.Dispose();
        end.Dispose();
    }

    private void Record(IKubernetesObject<V1ObjectMeta> obj, string type, string reason, string message)
    {
        ArgumentNullException.ThrowIfNull(obj);
        ArgumentException.ThrowIfNullOrEmpty(reason);
        ArgumentNullException.ThrowIfNull(message);
        if (message.Length > MaximumMessage)
            message = string.Concat(message.AsSpan(0, MaximumMessage - 1), "…");
        var resource = ResourceTypes.Of(obj.GetType());
        var about = new Occurrence(
            resource.ApiVersion, resource.Kind, ObjectKey.Of(obj), obj.Metadata.Uid ?? "", type, reason, message);
        if (known.Count >= MaximumKnown)
            Prune();
        if (known.Count >= MaximumKnown && !known.ContainsKey(about))
        {
            ControllerTelemetry.EventsDropped.Add(1, new KeyValuePair<string, object?>("reason", "too many"));
            return;
        }

        var wait = known.GetOrAdd(about, static _ => new Series()).Count(time.GetUtcNow(), Window, Spacing);
        queue.AddAfter(about, wait);
    }

    /// <summary>
    /// Makes room: series that are over are forgotten, and when that is not enough, those that are written and that nothing was added to
    /// for the longest. The next repetition of one of these begins a new Event, which is better than losing the events of others.
    /// </summary>
    private void Prune()
    {
        var now = time.GetUtcNow();
        var written = new List<(Occurrence About, DateTimeOffset Last)>();
        foreach (var (about, series) in known)
        {
            if (series.IsOver(now, Window))
                known.TryRemove(about, out _);
            else if (series.IsWritten)
                written.Add((about, series.Read().Last));
        }

        var surplus = known.Count - (MaximumKnown / 2);
        foreach (var (about, _) in written.OrderBy(static pair => pair.Last).Take(Math.Max(0, surplus)))
            known.TryRemove(about, out _);
    }

    private async Task WriteAllAsync()
    {
        while (await queue.TakeAsync(CancellationToken.None).ConfigureAwait(false) is var (about, _))
        {
            try
            {
                if (known.TryGetValue(about, out var series))
                    await WriteAsync(about, series, end.Token).ConfigureAwait(false);
                queue.Forget(about);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesApiException e) when ((int)e.StatusCode is >= 400 and < 500)
            {
                // The namespace is being deleted, the role forbids it: trying again changes nothing.
                ControllerTelemetry.EventsDropped.Add(1, new KeyValuePair<string, object?>("reason", "refused"));
                known.TryRemove(about, out _);
                queue.Forget(about);
                Log.Refused(logger, about.Reason, about.Key, e.Message);
            }
#pragma warning disable CA1031 // Whatever it is, the next events must still be written.
            catch (Exception e)
#pragma warning restore CA1031
            {
                queue.AddFailed(about);
                Log.Failed(logger, e, about.Reason, about.Key);
            }
            finally
            {
                queue.Done(about);
            }
        }
    }

    private async Task WriteAsync(Occurrence about, Series series, CancellationToken cancellationToken)
    {
        var state = series.Read();
        if (state.Name is { } name)
        {
            var patch = new { count = state.Count, lastTimestamp = state.Last.UtcDateTime };
            try
            {
                await client.MergePatchAsync<Corev1Event>(new(NamespaceOf(about), name), patch, write: null, cancellationToken).ConfigureAwait(false);
                series.Written(name, state.Count);
                return;
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                // Events are kept for a limited time: this one is gone, so a new one begins.
            }
        }

        var created = await client.CreateAsync(Event(about, state), write: null, cancellationToken).ConfigureAwait(false);
        series.Written(created.Metadata.Name, state.Count);
    }

    private Corev1Event Event(Occurrence about, Series.State state) => new()
    {
        Metadata = new()
        {
            NamespaceProperty = NamespaceOf(about),

            // The form that Kubernetes' own components use: readable, and unique among the object's events.
            Name = $"{(about.Key.Name.Length > 200 ? about.Key.Name[..200] : about.Key.Name)}.{Guid.NewGuid().ToString("N")[..16]}",
        },
        InvolvedObject = new()
        {
            ApiVersion = about.ApiVersion,
            Kind = about.Kind,
            Name = about.Key.Name,
            NamespaceProperty = about.Key.Namespace,
            Uid = about.Uid,
        },
        Type = about.Type,
        Reason = about.Reason,
        Message = about.Message,
        Count = state.Count,
        FirstTimestamp = state.First.UtcDateTime,
        LastTimestamp = state.Last.UtcDateTime,
        Source = new() { Component = component },
        ReportingComponent = component,
        ReportingInstance = instance,
    };

    /// <summary>Events of cluster-scoped objects live in <c>default</c>, where kubectl looks for them.</summary>
    private static string NamespaceOf(Occurrence about) => about.Key.Namespace ?? "default";

    private sealed record Occurrence(
        string ApiVersion, string Kind, ObjectKey Key, string Uid, string Type, string Reason, string Message);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "The event {Reason} of {Key} was refused: {Answer}")]
        public static partial void Refused(ILogger logger, string reason, ObjectKey key, string answer);

        [LoggerMessage(LogLevel.Debug, "The event {Reason} of {Key} was not written yet")]
        public static partial void Failed(ILogger logger, Exception exception, string reason, ObjectKey key);
    }
}

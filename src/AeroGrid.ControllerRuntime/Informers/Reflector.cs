using System.Net;

using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Diagnostics;

namespace AeroGrid.ControllerRuntime.Informers;

/// <summary>
/// List once, then watch for ever:
/// <code>
///            +--------- 410 Gone, or a line that stays unreadable ---------+
///            v                                                             |
///         [ list ] --snapshot's version--> [ watch ] --ended, cut, silent--+--> watch again from the last version
///            |                                |
///         failed: back-off                 failed or ended at once: back-off
/// </code>
/// Every event and bookmark moves the version forward, so a watch that ends loses nothing. Only when the server no longer has the
/// changes since that version is everything listed again, and the difference to the cache is told as changes.
/// </summary>
internal sealed partial class Reflector<T>(
    ResourceClient client, InformerOptions options, Informer<T> informer, ILogger logger, TimeProvider time)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>A watch that lived this long is no sign of a broken server.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(1);

    /// <summary>So many times the same line may be unreadable before the state is read in another way.</summary>
    private const int UnreadableLimit = 3;

    private string? version;
    private int failures;
    private int unreadable;

    public string Kind { get; } = ResourceTypes.Of<T>().Kind;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var started = time.GetTimestamp();
            TimeSpan? pause;
            try
            {
                if (version is null)
                    await ListAsync(cancellationToken).ConfigureAwait(false);
                started = time.GetTimestamp();
                var from = version;
                await WatchAsync(cancellationToken).ConfigureAwait(false);
                pause = AfterEnd(moved: version != from, time.GetElapsedTime(started));
            }
#pragma warning disable CA1031 // No fault of server, connection or content may end the informer; each is logged and counted.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                pause = AfterFailure(e, time.GetElapsedTime(started));
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            if (pause is not { } wait)
                continue;
            try
            {
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        ControllerTelemetry.InformerLists.Add(1, ControllerTelemetry.Kind(Kind));
        var unknown = new HashSet<ObjectKey>();
        var list = await client.ListAsync<T>(
            new ListRequest
            {
                Namespace = options.Namespace,
                LabelSelector = options.LabelSelector,
                FieldSelector = options.FieldSelector,
                PageSize = options.PageSize,
            },
            (key, failure) =>
            {
                unknown.Add(key);
                Log.Undecodable(logger, failure, Kind, key);
            },
            cancellationToken).ConfigureAwait(false);
        informer.OnList(list.Items, unknown);
        version = list.ResourceVersion;
        Log.Listed(logger, Kind, list.Items.Count, version);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        ControllerTelemetry.InformerWatches.Add(1, ControllerTelemetry.Kind(Kind));
#pragma warning disable CA5394 // Spreading load needs no secret randomness.
        var spread = 1 + Random.Shared.NextDouble();
#pragma warning restore CA5394
        var request = new WatchRequest
        {
            Namespace = options.Namespace,
            LabelSelector = options.LabelSelector,
            FieldSelector = options.FieldSelector,
            ResourceVersion = version,
            Timeout = options.WatchTimeout * spread,
            Grace = options.WatchGrace,
        };
        await foreach (var e in client.WatchAsync<T>(request, cancellationToken).ConfigureAwait(false))
        {
            switch (e.Type)
            {
                case WatchEventKind.Added or WatchEventKind.Modified:
                    informer.OnSet(e.Resource!);
                    break;
                case WatchEventKind.Deleted:
                    informer.OnDelete(e.Resource!);
                    break;
                case WatchEventKind.Undecodable:
                    ControllerTelemetry.InformerFailures.Add(
                        1, ControllerTelemetry.Kind(Kind), new("error.type", e.Failure!.GetType().FullName));
                    Log.UndecodableEvent(logger, e.Failure!, Kind, e.ResourceVersion);
                    break;
                case WatchEventKind.Error:
                    var code = (HttpStatusCode)(e.Status!.Code ?? (int)HttpStatusCode.InternalServerError);
                    throw new KubernetesApiException(code, e.Status, $"watch of {Kind}");
            }

            version = e.ResourceVersion ?? version;
            unreadable = 0;
            if (e.Type is not WatchEventKind.Bookmark)
                failures = 0;
        }
    }

    /// <summary>The server ended the watch. That is normal after a while; a server that does so at once must not be hammered.</summary>
    private TimeSpan? AfterEnd(bool moved, TimeSpan lived)
    {
        if (moved || lived >= Healthy)
        {
            failures = 0;
            Log.Renewing(logger, Kind, version);
            return null;
        }

        var pause = options.Backoff.After(++failures);
        Log.ClosedAtOnce(logger, Kind, pause.TotalSeconds);
        return pause;
    }

    private TimeSpan? AfterFailure(Exception e, TimeSpan lived)
    {
        if (lived >= Healthy)
            failures = 0;
        failures++;
        var pause = options.Backoff.After(failures);
        ControllerTelemetry.InformerFailures.Add(1, ControllerTelemetry.Kind(Kind), new("error.type", e.GetType().FullName));
        switch (e)
        {
            case KubernetesApiException { IsGone: true } when version is not null:
                // The history is compacted: list again, at once unless that has just been in vain.
                Log.Gone(logger, Kind, version);
                version = null;
                return failures == 1 ? null : pause;
            case WatchFormatException when ++unreadable >= UnreadableLimit:
                unreadable = 0;
                version = null;
                break;
            case KubernetesApiException { RetryAfter: { } asked } when asked > pause:
                pause = asked;
                break;
        }

        Log.Failed(logger, e, Kind, pause.TotalSeconds);
        return pause;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "Listed {Count} {Kind} at version {Version}")]
        public static partial void Listed(ILogger logger, string kind, int count, string version);

        [LoggerMessage(LogLevel.Debug, "The watch of {Kind} ended; watching again from version {Version}")]
        public static partial void Renewing(ILogger logger, string kind, string? version);

        [LoggerMessage(LogLevel.Warning, "The server ended the watch of {Kind} at once; trying again in {Seconds:0.0} s")]
        public static partial void ClosedAtOnce(ILogger logger, string kind, double seconds);

        [LoggerMessage(LogLevel.Information, "The server no longer has the changes of {Kind} since version {Version}; listing again")]
        public static partial void Gone(ILogger logger, string kind, string version);

        [LoggerMessage(LogLevel.Warning, "Listing or watching {Kind} failed; trying again in {Seconds:0.0} s")]
        public static partial void Failed(ILogger logger, Exception exception, string kind, double seconds);

        [LoggerMessage(LogLevel.Error, "{Kind} {Key} in a list does not fit its .NET type and is kept in its last known state")]
        public static partial void Undecodable(ILogger logger, Exception exception, string kind, ObjectKey key);

        [LoggerMessage(LogLevel.Error, "A {Kind} of version {Version} in a watch does not fit its .NET type and is kept in its last known state")]
        public static partial void UndecodableEvent(ILogger logger, Exception exception, string kind, string? version);
    }
}

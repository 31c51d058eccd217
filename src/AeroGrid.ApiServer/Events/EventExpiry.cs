using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Events;

/// <summary>
/// Removes events an hour after they were last written (kube-apiserver's <c>--event-ttl</c>). As with the leases of etcd, finalizers do not hold
/// them, and watchers are told DELETED. All lifetimes are the same, so what was written first ends first: a queue is enough.
/// </summary>
internal sealed partial class EventExpiry(ObjectStore store, TimeProvider time, ILogger<EventExpiry> logger) : BackgroundService
{
    /// <summary>How long an event stays after its last write.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    private readonly Channel<Written> _written = Channel.CreateUnbounded<Written>(new UnboundedChannelOptions { SingleReader = true });

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = store.Subscribe(EventRepresentation.StorageKey, Note);
        await Task.Yield();

        // Those of an earlier process were written before any that is written from now on.
        foreach (var written in Present())
        {
            await ExpireAsync(written, stoppingToken);
        }

        await foreach (var written in _written.Reader.ReadAllAsync(stoppingToken))
        {
            await ExpireAsync(written, stoppingToken);
        }
    }

    /// <summary>Runs on the writer's thread.</summary>
    private void Note(Change change)
    {
        if (change.New is not null)
        {
            _written.Writer.TryWrite(new Written(change.Key, change.Revision, time.GetUtcNow()));
        }
    }

    private List<Written> Present()
    {
        var now = time.GetUtcNow();
        return
        [
            .. store.Enumerate(new PageQuery(EventRepresentation.StorageKey, null, store.Bounds().Newest))
                .Select(stored => new Written(stored.Key, stored.Revision, LastWrite(ObjectCodec.Decode(stored), now)))
                .OrderBy(w => w.Time),
        ];
    }

    /// <summary>When an event was written last, as far as its own times tell. Clients can write these: no later than now.</summary>
    private static DateTimeOffset LastWrite(JsonObject obj, DateTimeOffset now)
    {
        var times = obj.ObjectsAt("metadata", "managedFields").Select(f => f.TextAt("time")).Append(obj.TextAt("metadata", "creationTimestamp"));
        var last = times.Select(t => DateTimeOffset.TryParse(t, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : DateTimeOffset.MinValue).Max();
        return last < now ? last : now;
    }

    private async Task ExpireAsync(Written written, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var rest = Lifetime - (time.GetUtcNow() - written.Time);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, time, stoppingToken);
            }

            try
            {
                // Written again since: then it comes again, later.
                if (store.Get(written.Key) is { } stored && stored.Revision == written.Revision)
                {
                    await store.WriteAsync(Mutation.Remove(stored));
                }

                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, written.Key, e);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    /// <summary>A write of an event.</summary>
    private readonly record struct Written(ObjectKey Key, long Revision, DateTimeOffset Time);

    private static partial class Log
    {
        [LoggerMessage(EventId = 150, Level = LogLevel.Warning, Message = "Removing the old event {Key} failed; trying again")]
        public static partial void Failed(ILogger logger, ObjectKey key, Exception exception);
    }
}

using System.Threading.Channels;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.GarbageCollection;

/// <summary>
/// Follows the log and collects: dependents of objects that are gone, objects whose owners never existed, and what finalizers of foreground
/// deletion and orphaning wait for. What fails is tried again until it succeeds.
/// </summary>
internal sealed partial class GarbageCollector(ObjectStore store, Collector collector, TimeProvider time, ILogger<GarbageCollector> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = store.SubscribeToAll(Note);
        await Task.Yield();
        await TryAsync(VisitWhatWasLeftAsync, stoppingToken);
        await foreach (var change in _changes.Reader.ReadAllAsync(stoppingToken))
        {
            await TryAsync(() => VisitAsync(change), stoppingToken);
        }
    }

    /// <summary>Runs on the writer's thread: looks at bytes only, most changes end here.</summary>
    private void Note(Change change)
    {
        if (change.New is null || ObjectOutline.MayHaveOwners(change.New) || ObjectOutline.MayBeTerminating(change.New))
        {
            _changes.Writer.TryWrite(change);
        }
    }

    private async Task VisitAsync(Change change)
    {
        if (change.New is null)
        {
            var last = ObjectCodec.Decode(change.Old!);
            await collector.VisitDependentsAsync(last.Metadata().Text("uid") ?? "", isGone: true);
            await collector.VisitOwnersAsync(change.Key, last);
            return;
        }

        var obj = ObjectCodec.Decode(change.New);
        if (obj.IsTerminating())
        {
            await collector.VisitTerminatingAsync(change.Key);
        }

        var before = ObjectOutline.MayHaveOwners(change.Old) ? ObjectCodec.Decode(change.Old!) : null;
        if (ObjectOutline.OwnersText(obj) is { Length: > 0 } owners && owners != ObjectOutline.OwnersText(before))
        {
            await collector.VisitDependentAsync(change.Key, goneUid: null);
        }
    }

    /// <summary>What the process did not get to before it ended.</summary>
    private async Task VisitWhatWasLeftAsync()
    {
        foreach (var key in store.Terminating())
        {
            await collector.VisitTerminatingAsync(key);
        }

        foreach (var uid in store.OwnerUids())
        {
            await collector.VisitDependentsAsync(uid, isGone: false);
        }
    }

    private async Task TryAsync(Func<Task> visit, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await visit();
                return;
            }
            catch (ObjectDisposedException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.Failed(logger, e);
                await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 120, Level = LogLevel.Warning, Message = "Garbage collection failed; trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

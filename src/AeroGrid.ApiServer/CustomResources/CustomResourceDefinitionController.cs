using System.Text.Json.Nodes;
using System.Threading.Channels;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>
/// What happens to CustomResourceDefinitions after a write: the objects of one that is being deleted go first, and one that waited for a name
/// gets it when it is free.
/// </summary>
internal sealed partial class CustomResourceDefinitionController(
    ObjectStore store, IResourceCatalog catalog, ObjectUpdater updater, ObjectDeleter deleter, TimeProvider time, ILogger<CustomResourceDefinitionController> logger)
    : BackgroundService
{
    private const string Manager = "customresourcedefinition-controller";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>One wake-up is enough for any number of changes: a visit looks at everything.</summary>
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile HashSet<string> _emptying = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = store.SubscribeToAll(Note);
        await Task.Yield();
        _changed.Writer.TryWrite(true);
        await foreach (var _ in _changed.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await VisitAsync();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, e);
                await Task.Delay(RetryDelay, time, stoppingToken);
                _changed.Writer.TryWrite(true);
            }
        }
    }

    /// <summary>Runs on the writer's thread.</summary>
    private void Note(Change change)
    {
        if (change.Key.Resource == CustomResourceDefinitionStatus.StorageKey || (change.New is null && _emptying.Contains(change.Key.Resource)))
        {
            _changed.Writer.TryWrite(true);
        }
    }

    private async Task VisitAsync()
    {
        var own = catalog.Current.ByStorageKey(CustomResourceDefinitionStatus.StorageKey)!;
        var all = store.Enumerate(new PageQuery(CustomResourceDefinitionStatus.StorageKey, null, store.Bounds().Newest)).Select(ObjectCodec.Decode).ToList();
        var terminating = all.Where(o => o.IsTerminating()).ToList();
        // Noted before objects are deleted, so that no removal is missed.
        _emptying = [.. terminating.Select(c => CustomResourceReader.StorageDefinition(c).StorageKey)];
        foreach (var crd in terminating)
        {
            await EmptyAsync(own, crd);
        }

        foreach (var crd in all.Where(c => !c.IsTerminating() && !CustomResourceReader.HasCondition(c, "NamesAccepted")))
        {
            if (CustomResourceNames.Conflict(crd, catalog.Current) is null)
            {
                await UpdateAsync(own, crd, "status", live => CustomResourceDefinitionStatus.Write(live, catalog.Current, time.GetUtcNow()));
            }
        }
    }

    private async Task EmptyAsync(ResourceDefinition own, JsonObject crd)
    {
        var content = CustomResourceReader.StorageDefinition(crd);
        foreach (var stored in Objects(content))
        {
            if (!ObjectCodec.Decode(stored).IsTerminating())
            {
                await SystemWrites.UnlessGoneAsync(() => deleter.DeleteAsync(SystemWrites.Request(content, stored.Key, Manager), new DeleteOptions { Propagation = Propagation.Background }));
            }
        }

        if (!Objects(content).Any() && crd.Finalizers().Contains(CustomResourceDefinitionStatus.CleanupFinalizer))
        {
            await UpdateAsync(own, crd, "", live => live.SetFinalizers([.. live.Finalizers().Where(f => f != CustomResourceDefinitionStatus.CleanupFinalizer)]));
        }
    }

    private IEnumerable<StoredObject> Objects(ResourceDefinition content) => store.Enumerate(new PageQuery(content.StorageKey, null, store.Bounds().Newest));

    private Task UpdateAsync(ResourceDefinition own, JsonObject crd, string subresource, Action<JsonObject> change)
    {
        var key = new ObjectKey(own.StorageKey, "", crd.TextAt("metadata", "name")!);
        return SystemWrites.UnlessGoneAsync(() => updater.UpdateAsync(SystemWrites.Request(own, key, Manager, subresource), live =>
        {
            change(live);
            return live;
        }));
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 140, Level = LogLevel.Warning, Message = "Following CustomResourceDefinitions failed; trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

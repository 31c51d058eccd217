using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using AeroGrid.ApiServer.GarbageCollection;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Namespaces;

/// <summary>Empties namespaces that are being deleted, says in their conditions what is left, and removes them when nothing is.</summary>
internal sealed partial class NamespaceController(
    ObjectStore store, IResourceCatalog catalog, ObjectUpdater updater, ObjectDeleter deleter, TimeProvider time, ILogger<NamespaceController> logger)
    : BackgroundService
{
    private const string Manager = "namespace-controller";
    private const string Namespaces = "namespaces";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly ParallelOptions Width = new() { MaxDegreeOfParallelism = 16 };

    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, bool> _terminating = new();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = store.SubscribeToAll(Note);
        await Task.Yield();
        foreach (var key in store.Terminating().Where(k => k.Resource == Namespaces))
        {
            Enqueue(key.Name);
        }

        await foreach (var name in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            // Changes that come while this runs enqueue the namespace again.
            _terminating[name] = false;
            try
            {
                await VisitAsync(name);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, name, e);
                await Task.Delay(RetryDelay, time, stoppingToken);
                Enqueue(name);
            }
        }
    }

    /// <summary>Runs on the writer's thread.</summary>
    private void Note(Change change)
    {
        if (change.Key.Resource == Namespaces)
        {
            if (change.New is null)
            {
                _terminating.TryRemove(change.Key.Name, out _);
            }
            else if (ObjectOutline.MayBeTerminating(change.New))
            {
                Enqueue(change.Key.Name);
            }
        }
        else if (change.New is null && _terminating.ContainsKey(change.Key.Namespace))
        {
            Enqueue(change.Key.Namespace);
        }
    }

    private void Enqueue(string name)
    {
        // The value says whether the namespace is in the queue: a thousand removals make one visit, not a thousand.
        if (_terminating.TryUpdate(name, true, false) || _terminating.TryAdd(name, true))
        {
            _queue.Writer.TryWrite(name);
        }
    }

    private async Task VisitAsync(string name)
    {
        var key = new ObjectKey(Namespaces, "", name);
        if (catalog.Current.ByStorageKey(Namespaces) is not { } definition
            || store.Get(key) is not { } stored
            || !ObjectCodec.Decode(stored).IsTerminating())
        {
            _terminating.TryRemove(name, out _);
            return;
        }

        foreach (var resource in store.ResourcesIn(name))
        {
            if (catalog.Current.ByStorageKey(resource) is { } content)
            {
                await DeleteAllAsync(content, name);
            }
        }

        var rest = RemainingIn(name);
        await SystemWrites.UnlessGoneAsync(() => updater.UpdateAsync(SystemWrites.Request(definition, key, Manager, "status"), obj =>
        {
            var status = obj["status"] as JsonObject ?? [];
            status["phase"] = "Terminating";
            status["conditions"] = NamespaceConditions.Of(rest, status["conditions"] as JsonArray, time.GetUtcNow());
            obj["status"] = status;
            return obj;
        }));
        if (rest.Count == 0)
        {
            await SystemWrites.UnlessGoneAsync(() => updater.UpdateAsync(SystemWrites.Request(definition, key, Manager, "finalize"), obj =>
            {
                (obj["spec"] as JsonObject)?.Remove("finalizers");
                return obj;
            }));
        }
    }

    private Task DeleteAllAsync(ResourceDefinition content, string name)
    {
        var all = store.Enumerate(new PageQuery(content.StorageKey, name, store.Bounds().Newest));
        return Parallel.ForEachAsync(all, Width, async (stored, _) =>
        {
            if (!ObjectOutline.MayBeTerminating(stored) || !ObjectCodec.Decode(stored).IsTerminating())
            {
                await SystemWrites.UnlessGoneAsync(() => deleter.DeleteAsync(SystemWrites.Request(content, stored.Key, Manager), new DeleteOptions { Propagation = Propagation.Background }));
            }
        });
    }

    /// <summary>What is left, with the finalizers that it waits for.</summary>
    private List<Remaining> RemainingIn(string name)
    {
        var result = new List<Remaining>();
        foreach (var resource in store.ResourcesIn(name))
        {
            foreach (var stored in store.Enumerate(new PageQuery(resource, name, store.Bounds().Newest)))
            {
                result.Add(new Remaining(resource, ObjectCodec.Decode(stored).Finalizers()));
            }
        }

        return result;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 130, Level = LogLevel.Warning, Message = "Emptying the namespace {Namespace} failed; trying again")]
        public static partial void Failed(ILogger logger, string @namespace, Exception exception);
    }
}

/// <summary>An object that is still in a namespace.</summary>
/// <param name="Resource">Storage key.</param>
/// <param name="Finalizers">What it waits for; empty when it ends gracefully.</param>
internal sealed record Remaining(string Resource, IReadOnlyList<string> Finalizers);

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Admission.Quotas;

/// <summary>Shows in the status of quotas what is used. Admission does not wait for it: it counts itself.</summary>
internal sealed partial class QuotaController(
    QuotaLedger ledger, IResourceCatalog catalog, ObjectUpdater updater, TimeProvider time, ILogger<QuotaController> logger) : BackgroundService
{
    private const string StorageKey = "resourcequotas";
    private const string Manager = "resourcequota-controller";

    /// <summary>Changes within this time make one write.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, bool> _queued = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ledger.OnChanged = Enqueue;
        await Task.Yield();
        foreach (var ns in ledger.Namespaces)
        {
            Enqueue(ns);
        }

        await foreach (var ns in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            await Task.Delay(Pause, time, stoppingToken);
            _queued.TryRemove(ns, out _);
            try
            {
                foreach (var quota in ledger.In(ns))
                {
                    await WriteAsync(quota);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, ns, e);
                Enqueue(ns);
            }
        }
    }

    // Runs on the writer's thread for every change of a counted object; namespaces without quotas are dropped when it is their turn.
    private void Enqueue(string ns)
    {
        if (_queued.TryAdd(ns, true))
        {
            _queue.Writer.TryWrite(ns);
        }
    }

    private async Task WriteAsync(Quota quota)
    {
        if (catalog.Current.ByStorageKey(StorageKey) is not { } definition)
        {
            return;
        }

        var used = new JsonObject(quota.Hard.Keys.Order(StringComparer.Ordinal).Select(key => KeyValuePair.Create(
            key, (JsonNode?)JsonValue.Create(QuantityText.Format(key, ledger.Of(Quota.StorageKeyOf(key)).Used(quota, key))))));
        try
        {
            await updater.UpdateAsync(SystemWrites.Request(definition, new ObjectKey(StorageKey, quota.Namespace, quota.Name), Manager, "status"), obj =>
            {
                obj["status"] = new JsonObject { ["hard"] = obj["spec"]?["hard"]?.DeepClone() ?? new JsonObject(), ["used"] = used.DeepClone() };
                return obj;
            });
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            // Removed or changed meanwhile: that change brings this here again.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The usage of the quotas in {Namespace} could not be written; trying again")]
        public static partial void Failed(ILogger logger, string @namespace, Exception exception);
    }
}

using System.Text.Json.Nodes;
using System.Threading.Channels;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Authorization.Bootstrap;

/// <summary>
/// Writes into aggregated ClusterRoles the rules that they have, so that people see them. Decisions do not wait for it: the index computes the
/// same rules itself.
/// </summary>
internal sealed partial class RoleAggregator(
    IObjectReader reader, IResourceCatalog catalog, ObjectUpdater updater, Lazy<RbacIndex> index, TimeProvider time, ILogger<RoleAggregator> logger)
    : BackgroundService
{
    private const string StorageKey = $"{RbacIndex.Group}/clusterroles";
    private const string Manager = "clusterrole-aggregation-controller";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // Holds at most one note that something changed: many changes make one pass.
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = reader.Subscribe(StorageKey, _ => _changed.Writer.TryWrite(true));
        await Task.Yield();
        _changed.Writer.TryWrite(true);
        await foreach (var _ in _changed.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await WriteAllAsync();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, e);
                await Task.Delay(RetryDelay, time, stoppingToken);
                _changed.Writer.TryWrite(true);
            }
        }
    }

    private async Task WriteAllAsync()
    {
        if (catalog.Current.ByStorageKey(StorageKey) is not { } definition)
        {
            return;
        }

        foreach (var role in reader.List(StorageKey).Where(r => r["aggregationRule"] is not null))
        {
            var name = (string)role["metadata"]!["name"]!;
            var rules = ToJson(index.Value.RulesOf(new RoleReference("", name)) ?? []);
            if (JsonNode.DeepEquals(role["rules"] ?? new JsonArray(), rules))
            {
                continue;
            }

            try
            {
                await updater.UpdateAsync(SystemWrites.Request(definition, new ObjectKey(StorageKey, "", name), Manager), obj =>
                {
                    obj["rules"] = rules.DeepClone();
                    return obj;
                });
            }
            catch (ApiException e) when (e.Code is 404 or 409)
            {
                // Removed or changed meanwhile: that change brings this here again.
            }
        }
    }

    private static JsonArray ToJson(IEnumerable<PolicyRule> rules)
    {
        var array = new JsonArray();
        foreach (var rule in rules.Select(r => r.ToJson()))
        {
            if (!array.Any(other => JsonNode.DeepEquals(other, rule)))
            {
                array.Add(rule);
            }
        }

        return array;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The rules of aggregated roles could not be written; trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

using System.Text.Json.Nodes;
using System.Threading.Channels;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>Gives every namespace the service account <c>default</c>, again when somebody deletes it, as kube-controller-manager does.</summary>
internal sealed partial class ServiceAccountController(
    ObjectStore store, IResourceCatalog catalog, ObjectCreator creator, TimeProvider time, ILogger<ServiceAccountController> logger) : BackgroundService
{
    private const string Manager = "service-account-controller";
    private const string Namespaces = "namespaces";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ofNamespaces = store.Subscribe(Namespaces, Note);
        using var ofAccounts = store.Subscribe(ServiceAccountName.StorageKey, Note);
        await Task.Yield();
        foreach (var stored in store.Enumerate(new PageQuery(Namespaces, null, store.Bounds().Newest)))
        {
            _queue.Writer.TryWrite(stored.Key.Name);
        }

        await foreach (var name in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await VisitAsync(name);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, name, e);
                _ = EnqueueLaterAsync(name, stoppingToken);
            }
        }
    }

    /// <summary>Runs on the writer's thread.</summary>
    private void Note(Change change)
    {
        if (change.Key.Resource == Namespaces && change.Old is null)
        {
            _queue.Writer.TryWrite(change.Key.Name);
        }
        else if (change.Key is { Resource: ServiceAccountName.StorageKey, Name: ServiceAccountName.Default } && change.New is null)
        {
            _queue.Writer.TryWrite(change.Key.Namespace);
        }
    }

    private async Task VisitAsync(string name)
    {
        var key = new ObjectKey(ServiceAccountName.StorageKey, name, ServiceAccountName.Default);
        if (catalog.Current.ByStorageKey(key.Resource) is not { } definition
            || store.Get(key) is not null
            || store.Get(new ObjectKey(Namespaces, "", name)) is not { } stored
            || ObjectCodec.Decode(stored).IsTerminating())
        {
            return;
        }

        try
        {
            await creator.CreateAsync(SystemWrites.Request(definition, key, Manager), new JsonObject
            {
                ["apiVersion"] = definition.ApiVersion,
                ["kind"] = definition.Kind,
                ["metadata"] = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace },
            });
        }
        catch (ApiException e) when (e.Code == 404 || e.Reason == "AlreadyExists" || e.Causes.Any(c => c.Reason == "NamespaceTerminating"))
        {
            // Somebody else made it, or the namespace goes: either way there is nothing left to do.
        }
    }

    /// <summary>A namespace that refuses, for example by its quota, must not hold up the others.</summary>
    private async Task EnqueueLaterAsync(string name, CancellationToken stoppingToken)
    {
        await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _queue.Writer.TryWrite(name);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 160, Level = LogLevel.Warning, Message = "The service account default of {Namespace} could not be made; trying again")]
        public static partial void Failed(ILogger logger, string @namespace, Exception exception);
    }
}

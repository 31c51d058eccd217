using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>What has to be there before the first request: the open database and the namespaces that every cluster has.</summary>
internal sealed class ApiServerStartup(ObjectStore store, IResourceCatalog catalog, ObjectCreator creator) : IHostedService, IReadinessCheck
{
    private static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    private volatile bool _ready;

    /// <inheritdoc/>
    public string Name => "apiserver";

    /// <inheritdoc/>
    public bool IsReady => _ready;

    /// <inheritdoc/>
    public string Reason => _ready ? "" : "the database is being opened";

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var definition = catalog.Current.ByStorageKey("namespaces") ?? throw new InvalidOperationException("The catalog has no namespaces.");
        await Task.WhenAll(Namespaces.Select(name => CreateAsync(definition, new ObjectKey("namespaces", "", name))));
        _ready = true;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CreateAsync(ResourceDefinition definition, ObjectKey key)
    {
        if (store.Get(key) is not null)
        {
            return;
        }

        try
        {
            await creator.CreateAsync(
                SystemWrites.Request(definition, key, "aerogrid-apiserver"),
                new JsonObject { ["apiVersion"] = definition.ApiVersion, ["kind"] = definition.Kind, ["metadata"] = new JsonObject { ["name"] = key.Name } });
        }
        catch (ApiException e) when (e.Reason == "AlreadyExists")
        {
            // It was created in between.
        }
    }
}

using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Events;
using AeroGrid.ApiServer.GarbageCollection;
using AeroGrid.ApiServer.Namespaces;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using AeroGrid.ApiServer.Watch;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>Puts the API server together.</summary>
public static class ApiServerServices
{
    /// <summary>Registers everything that <see cref="ApiServerEndpoints.MapApiServer"/> serves. The database opens when the host starts.</summary>
    public static IServiceCollection AddApiServer(this IServiceCollection services, ApiServerOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton(options.TimeProvider);
        services.AddSingleton(new StoreOptions { Folder = options.DataFolder, TimeProvider = options.TimeProvider });
        services.AddSingleton<ObjectStore>();
        services.AddSingleton<IObjectReader, ObjectReader>();

        services.AddSingleton<ApiPipeline>();
        services.AddSingleton<ResourceRouter>();
        services.AddSingleton<ReadHandler>();
        services.AddSingleton<WatchHandler>();
        services.AddSingleton<WriteHandler>();
        services.AddSingleton<PatchHandler>();
        services.AddSingleton<ScaleHandler>();
        services.AddSingleton<ISubresourceHandler, PodSubresources>();
        services.AddSingleton<ObjectPreparation>();
        services.AddSingleton<ObjectCreator>();
        services.AddSingleton<ObjectUpdater>();
        services.AddSingleton<ObjectDeleter>();

        services.AddSingleton<NamespaceIndex>();
        services.AddSingleton<IAdmission, NamespaceAdmission>();
        services.AddSingleton<OwnerLookup>();
        services.AddSingleton<Collector>();

        services.AddSingleton<ApiServerStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiServerStartup>());
        services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<ApiServerStartup>());
        services.AddHostedService<GarbageCollector>();
        services.AddHostedService<NamespaceController>();
        services.AddHostedService<EventExpiry>();

        services.AddResources();
        services.AddAccess(options);
        return services;
    }
}

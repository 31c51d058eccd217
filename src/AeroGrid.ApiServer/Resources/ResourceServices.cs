using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Apply;
using AeroGrid.ApiServer.CustomResources;
using AeroGrid.ApiServer.Discovery;
using AeroGrid.ApiServer.OpenApi;
using AeroGrid.ApiServer.Patch;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Resources;

/// <summary>Registers the parts that know which resources exist and what they look like: catalog, schemas, patches, field ownership, discovery.</summary>
internal static class ResourceServices
{
    /// <summary>Registers services.</summary>
    public static IServiceCollection AddResources(this IServiceCollection services)
    {
        services.AddSingleton<IResourceCatalog>(provider => new ResourceCatalog(new Lazy<IObjectReader>(provider.GetRequiredService<IObjectReader>)));
        services.AddSingleton<IAdmission, CustomResourceDefinitionAdmission>();
        services.AddHostedService<CustomResourceDefinitionController>();
        services.AddSingleton<IFieldManager, FieldManager>();
        services.AddSingleton<IPatcher, Patcher>();
        services.AddSingleton<DiscoveryEndpoints>();
        services.AddSingleton<OpenApiEndpoints>();
        return services;
    }

    /// <summary>Maps discovery and OpenAPI with <see cref="Rest.ApiRoutes.MapApiRoute"/>: more specific than the routes of objects, they win.</summary>
    public static void MapResources(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<DiscoveryEndpoints>().Map(endpoints);
        endpoints.ServiceProvider.GetRequiredService<OpenApiEndpoints>().Map(endpoints);
    }
}

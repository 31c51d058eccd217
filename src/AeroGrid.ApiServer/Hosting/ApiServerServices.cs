using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>Puts the API server together.</summary>
public static class ApiServerServices
{
    /// <summary>Registers everything that <see cref="ApiServerEndpoints.MapApiServer"/> serves. The database opens when the host starts.</summary>
    public static IServiceCollection AddApiServer(this IServiceCollection services, ApiServerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton<ApiPipeline>();
        services.AddResources();
        services.AddAccess(options);
        return services;
    }
}

using AeroGrid.Registry.Collection;
using AeroGrid.Registry.Http;
using AeroGrid.Registry.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Registry;

/// <summary>Puts the registry into a web application.</summary>
public static class RegistryHosting
{
    /// <summary>Adds the registry and the collection of its garbage.</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services, RegistryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.AddSingleton(options);
        services.AddSingleton(_ => ImageLayout.Open(options));
        services.AddSingleton<RegistryHandler>();
        services.AddSingleton(provider => new GarbageCollector(
            provider.GetRequiredService<ImageLayout>(), provider.GetRequiredService<ILogger<GarbageCollector>>()));
        services.AddHostedService<CollectionService>();
        return services;
    }

    /// <summary>Serves the OCI distribution API at <c>/v2/</c>.</summary>
    /// <exception cref="InvalidDataException">The folder holds something that is not an image layout of the registry.</exception>
    /// <exception cref="IOException">The folder cannot be created or read.</exception>
    public static IEndpointConventionBuilder MapRegistry(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var handler = endpoints.ServiceProvider.GetRequiredService<RegistryHandler>();
        return endpoints.Map("/v2/{**rest}", handler.HandleAsync);
    }
}

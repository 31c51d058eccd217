using AeroGrid.ApiServer.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>Registers the parts that know who may do what: authenticators, authorizer, reviews, admission plug-ins, pod logs.</summary>
internal static class AccessServices
{
    /// <summary>Registers services.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, ApiServerOptions options)
    {
        _ = options;
        return services;
    }

    /// <summary>Maps URLs of their own with <see cref="Rest.ApiRoutes.MapApiRoute"/>, where there are any.</summary>
    public static void MapAccess(this IEndpointRouteBuilder endpoints) => _ = endpoints;
}

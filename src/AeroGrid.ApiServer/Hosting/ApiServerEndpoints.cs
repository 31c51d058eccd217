using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>The URLs of the API server.</summary>
public static class ApiServerEndpoints
{
    /// <summary>Maps <c>/api</c>, <c>/apis</c>, <c>/openapi</c>, <c>/version</c>, <c>/livez</c>, <c>/readyz</c> and <c>/healthz</c>.</summary>
    public static IEndpointRouteBuilder MapApiServer(this IEndpointRouteBuilder endpoints)
    {
        var pipeline = endpoints.ServiceProvider.GetRequiredService<ApiPipeline>();
        var router = endpoints.ServiceProvider.GetRequiredService<ResourceRouter>();
        endpoints.Map("/api/{**path}", context => pipeline.RunAsync(context, authorizePath: false, router.HandleAsync));
        endpoints.Map("/apis/{**path}", context => pipeline.RunAsync(context, authorizePath: false, router.HandleAsync));
        endpoints.MapHealth();
        endpoints.MapResources();
        endpoints.MapAccess();
        return endpoints;
    }
}

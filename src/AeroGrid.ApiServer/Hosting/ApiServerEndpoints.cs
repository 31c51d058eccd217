using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Resources;
using Microsoft.AspNetCore.Routing;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>The URLs of the API server.</summary>
public static class ApiServerEndpoints
{
    /// <summary>Maps <c>/api</c>, <c>/apis</c>, <c>/openapi</c>, <c>/version</c>, <c>/livez</c>, <c>/readyz</c> and <c>/healthz</c>.</summary>
    public static IEndpointRouteBuilder MapApiServer(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapResources();
        endpoints.MapAccess();
        return endpoints;
    }
}

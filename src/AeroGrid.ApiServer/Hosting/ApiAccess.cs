using AeroGrid.ApiServer.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>Lets other parts that share the API server's origin use its authentication and authorization.</summary>
public static class ApiAccess
{
    /// <summary>
    /// Answers only callers whom RBAC allows this path as a non-resource URL (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources),
    /// as kube-apiserver does for its own <c>/metrics</c>; others get a Status with 401 or 403.
    /// </summary>
    public static TBuilder RequireApiAccess<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Add(builder =>
        {
            var inner = builder.RequestDelegate ?? throw new InvalidOperationException($"{builder.DisplayName} has no handler.");
            builder.RequestDelegate = context =>
                context.RequestServices.GetRequiredService<ApiPipeline>().RunAsync(context, authorizePath: true, inner);
        });
        return endpoint;
    }
}

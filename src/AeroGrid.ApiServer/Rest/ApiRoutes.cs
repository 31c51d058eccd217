using AeroGrid.ApiServer.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Rest;

/// <summary>How endpoints of the API server are mapped: everything that every request needs happens around the handler.</summary>
internal static class ApiRoutes
{
    /// <summary>
    /// Maps a non-resource URL such as <c>/apis/{group}</c>. Around the handler: the caller is authenticated (<see cref="GetUser"/>) and
    /// authorized for the lower-case method and the path, and an <see cref="Errors.ApiException"/> becomes a Status.
    /// </summary>
    public static void MapApiRoute(this IEndpointRouteBuilder endpoints, string pattern, RequestDelegate handler)
    {
        var pipeline = endpoints.ServiceProvider.GetRequiredService<ApiPipeline>();
        endpoints.Map(pattern, context => pipeline.RunAsync(context, authorizePath: true, handler));
    }

    /// <summary>Who sends this request.</summary>
    public static UserInfo GetUser(this HttpContext context) => context.Features.Get<CallerFeature>()?.User ?? UserInfo.Anonymous;

    /// <summary>Remembers who sends this request.</summary>
    public static void SetUser(this HttpContext context, UserInfo user) => context.Features.Set(new CallerFeature(user));

    private sealed record CallerFeature(UserInfo User);
}

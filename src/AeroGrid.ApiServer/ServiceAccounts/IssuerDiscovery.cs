using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Rest;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>
/// Where others learn how to verify tokens of service accounts
/// (https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery).
/// </summary>
internal static class IssuerDiscovery
{
    private const string KeysPath = "/openid/v1/jwks";

    /// <summary>Maps <c>/.well-known/openid-configuration</c> and <c>/openid/v1/jwks</c>.</summary>
    public static void MapIssuerDiscovery(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapApiRoute("/.well-known/openid-configuration", context => ResponseBody.WriteAsync(context, 200, Document(context.Request)));
        endpoints.MapApiRoute(KeysPath, context => ResponseBody.WriteAsync(
            context, 200, new JsonObject { ["keys"] = new JsonArray(context.RequestServices.GetRequiredService<ServiceAccountKey>().PublicKey()) }));
    }

    private static JsonObject Document(HttpRequest request) => new()
    {
        ["issuer"] = ServiceAccountTokens.Issuer,
        ["jwks_uri"] = $"{request.Scheme}://{request.Host}{KeysPath}",
        ["response_types_supported"] = new JsonArray("id_token"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray(ServiceAccountKey.Algorithm),
    };
}

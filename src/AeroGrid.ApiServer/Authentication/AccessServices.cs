using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Admission.Quotas;
using AeroGrid.ApiServer.Authorization;
using AeroGrid.ApiServer.Authorization.Bootstrap;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.ApiServer.PodLogs;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Reviews;
using AeroGrid.ApiServer.ServiceAccounts;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>Registers the parts that know who may do what: authenticators, authorizer, reviews, admission plug-ins, pod logs.</summary>
internal static class AccessServices
{
    /// <summary>How long the issuer may take to answer.</summary>
    private static readonly TimeSpan IssuerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Registers services.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, ApiServerOptions options)
    {
        // The index reads the store, which opens when the host starts: it is made at the first decision.
        services.AddSingleton(provider => new Lazy<RbacIndex>(() => new RbacIndex(provider.GetRequiredService<IObjectReader>())));
        services.AddSingleton<RbacAuthorizer>();
        services.AddSingleton<IAuthorizer>(provider => provider.GetRequiredService<RbacAuthorizer>());

        services.AddSingleton<IAdmission, EscalationCheck>();
        services.AddSingleton<IAdmission, ServiceAccountAdmission>();
        services.AddSingleton<IAdmission, LimitRangeAdmission>();
        services.AddSingleton<QuotaLedger>();
        // After what changes pods: it counts what will be stored.
        services.AddSingleton<IAdmission, QuotaAdmission>();
        services.AddHostedService<QuotaController>();
        services.AddHostedService<DefaultRolesStartup>();
        services.AddHostedService<RoleAggregator>();

        services.AddSingleton<ApiAudiences>();
        services.AddSingleton<ITokenAuthenticator>(provider => new StaticTokenAuthenticator(options.Tokens, provider.GetRequiredService<ApiAudiences>()));
        services.AddSingleton<ServiceAccountKey>();
        services.AddSingleton<ServiceAccountTokens>();
        services.AddSingleton<ITokenAuthenticator, ServiceAccountAuthenticator>();
        services.AddSingleton<ISubresourceHandler, TokenRequestHandler>();
        services.AddHostedService<ServiceAccountController>();
        if (options.Oidc is { } oidc)
        {
            services.AddSingleton(provider => new OidcKeys(
                oidc.Issuer, CreateIssuerClient(), options.TimeProvider, provider.GetRequiredService<ILogger<OidcKeys>>()));
            services.AddSingleton<ITokenAuthenticator>(provider =>
                new OidcAuthenticator(oidc, provider.GetRequiredService<OidcKeys>(), provider.GetRequiredService<ApiAudiences>(), options.TimeProvider));
        }

        services.AddSingleton<Impersonation>();
        services.AddSingleton(provider => new RequestAuthenticator(
            [.. provider.GetServices<ITokenAuthenticator>()], provider.GetRequiredService<Impersonation>()));
        services.AddSingleton<IAuthenticator>(provider => provider.GetRequiredService<RequestAuthenticator>());

        services.AddSingleton<IVirtualResource, SubjectAccessReview>();
        services.AddSingleton<IVirtualResource, LocalSubjectAccessReview>();
        services.AddSingleton<IVirtualResource, SelfSubjectAccessReview>();
        services.AddSingleton<IVirtualResource, SelfSubjectRulesReview>();
        services.AddSingleton<IVirtualResource, SelfSubjectReview>();
        services.AddSingleton<IVirtualResource, TokenReview>();
        services.AddSingleton<IPodLogs, KubeletLogs>();
        return services;
    }

    /// <summary>Maps what verifiers of service account tokens read, with <see cref="Rest.ApiRoutes.MapApiRoute"/>.</summary>
    public static void MapAccess(this IEndpointRouteBuilder endpoints) => endpoints.MapIssuerDiscovery();

    private static HttpClient CreateIssuerClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = IssuerTimeout };
}

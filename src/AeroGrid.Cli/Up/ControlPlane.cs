using System.Security.Cryptography.X509Certificates;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.Gateway.Observability;
using AeroGrid.Identity;
using AeroGrid.Identity.Hosting;
using AeroGrid.Registry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Cli.Up;

/// <summary>The listener for people and programs: Kubernetes API, image registry, identity provider.</summary>
internal static class ControlPlane
{
    /// <summary>Puts it together; the caller starts and disposes it.</summary>
    public static WebApplication Create(
        DataFolder data,
        PlatformAddresses addresses,
        Credentials credentials,
        X509Certificate2 certificate,
        PlatformReadiness readiness,
        ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddLogging();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var address in Listeners.Loopback)
            {
                kestrel.Listen(address, addresses.Api.Port, listen => listen.UseTlsWhenAsked(certificate));
            }
        });

        builder.Services.AddApiServer(new ApiServerOptions
        {
            DataFolder = data.ApiServer,
            Tokens =
            [
                new StaticToken(credentials.Admin, "admin", ["system:masters"]),
                new StaticToken(credentials.Operator, "system:aerogrid:operator", []),
                new StaticToken(credentials.Node, "system:aerogrid:node", []),
                new StaticToken(credentials.Gateway, "system:aerogrid:gateway", []),
            ],
            Oidc = new OidcOptions(addresses.Issuer.ToString(), Audiences.Api),
            KubeletToken = credentials.Kubelet,
        });
        builder.Services.AddRegistry(new RegistryOptions
        {
            Folder = data.Images,
            Users =
            [
                new RegistryUser(RegistryUsers.Push, credentials.RegistryPush, MayPush: true),
                new RegistryUser(RegistryUsers.Pull, credentials.RegistryPull, MayPush: false),
            ],
        });
        builder.Services.AddIdentity(new IdentityOptions { DataFolder = data.Path, Issuer = addresses.Issuer });
        builder.Services.AddSingleton<IReadinessCheck>(readiness);

        var app = builder.Build();
        app.MapApiServer();
        app.MapRegistry();
        app.MapIdentity();
        app.MapPrometheusMetrics("/metrics").RequireApiAccess();
        app.MapStartPage(addresses, data.Kubeconfig);
        return app;
    }
}

/// <summary>Names of the registry's two users.</summary>
internal static class RegistryUsers
{
    /// <summary>May push and delete.</summary>
    public const string Push = "aerogrid-push";

    /// <summary>May only pull.</summary>
    public const string Pull = "aerogrid-pull";
}

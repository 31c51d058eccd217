using AeroGrid.Identity.Keys;
using AeroGrid.Identity.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Identity.Hosting;

/// <summary>Puts the embedded issuer into a host.</summary>
public static class IdentityHosting
{
    /// <summary>
    /// Registers the issuer. When the host starts, missing keys and the secret of <see cref="Clients.LocalClient"/> are made; users are not:
    /// call <see cref="UserStore.CreateFirstUserAsync"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The issuer is not an absolute URL with a path.</exception>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IdentityOptions options)
    {
        if (!options.Issuer.IsAbsoluteUri || options.Issuer.AbsolutePath is "/" || options.Issuer.AbsolutePath.EndsWith('/'))
        {
            throw new ArgumentException($"the issuer {options.Issuer} must be absolute, have a path, and not end with a slash", nameof(options));
        }

        services.AddSingleton(options);
        services.AddSingleton(new UserStore(options.DataFolder, options.TimeProvider, options.PasswordIterations));
        services.AddSingleton(new KeyStore(options.Folder, options.RefreshTokenLifetime, options.TimeProvider));
        services.AddSingleton(provider => new SigningKeys(provider.GetRequiredService<KeyStore>()));
        services.AddSingleton(provider => new IdentityPipeline(
            options,
            provider.GetRequiredService<UserStore>(),
            provider.GetRequiredService<KeyStore>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService<IdentityStartup>();
        return services;
    }

    /// <summary>Maps everything beneath the path of the issuer.</summary>
    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder endpoints)
    {
        var pipeline = endpoints.ServiceProvider.GetRequiredService<IdentityPipeline>();
        var options = endpoints.ServiceProvider.GetRequiredService<IdentityOptions>();
        endpoints.Map($"{options.Issuer.AbsolutePath}/{{**path}}", pipeline.InvokeAsync).WithDisplayName("identity");
        return endpoints;
    }
}

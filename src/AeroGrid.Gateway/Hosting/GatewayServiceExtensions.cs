using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Forwarding;
using AeroGrid.Gateway.Ingress;
using AeroGrid.Gateway.Observability;

using k8s;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

using Yarp.ReverseProxy.Forwarder;

namespace AeroGrid.Gateway.Hosting;

/// <summary>Puts a gateway into a web host that serves nothing else; <see cref="GatewayServer"/> is such a host ready made.</summary>
public static class GatewayServiceExtensions
{
    /// <summary>
    /// Adds the gateway and sets Kestrel up: <see cref="GatewayOptions.Listen"/> is where it listens. The host must not serve anything else, since
    /// Kestrel's options are the gateway's.
    /// </summary>
    public static IServiceCollection AddGateway(this IServiceCollection services, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.AddSingleton(options);
        services.AddSingleton(new Http2Handover(options.TimeProvider, options.Limits.KeepAliveTimeout));
        services.AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<Http2Handover>());
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, GatewayKestrel>();

        // Nothing here blocks, so a request goes on where its bytes came in, instead of being queued to another thread of the pool, and so does its answer.
        services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);
        services.AddSingleton(provider => new TokenValidators(
            options.Limits.CachedTokens, options.TimeProvider, provider.GetRequiredService<ILoggerFactory>().CreateLogger<TokenValidators>()));
        services.AddSingleton(provider => new WatchedObjects(
            ResourceClient.Create(
                new KubernetesClientConfiguration { Host = options.ApiServer.AbsoluteUri, AccessToken = options.Token },
                new ResourceClientOptions { UserAgent = "aerogrid-gateway", TimeProvider = options.TimeProvider }),
            provider.GetRequiredService<ILoggerFactory>(),
            options.TimeProvider));
        services.AddSingleton<IHostedService, GatewayFollower>();
        services.AddSingleton<IGatewayObjects>(provider => provider.GetRequiredService<WatchedObjects>());
        services.AddSingleton(provider => new GatewayState(
            options,
            provider.GetRequiredService<IGatewayObjects>(),
            provider.GetRequiredService<TokenValidators>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger<GatewayState>()));
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<IAccessLog>(provider =>
        {
            var loggers = provider.GetRequiredService<ILoggerFactory>();
            return options.AccessLogFile is { } file
                ? new FileAccessLog(file, options.TimeProvider, loggers.CreateLogger<FileAccessLog>())
                : new LoggerAccessLog(loggers, options.TimeProvider);
        });
        services.AddSingleton(provider => new AppForwarder(
            QuietForwarder(),
            new DirectForwarder(new UpstreamPool(options.Limits, options.TimeProvider)),
            options,
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger<AppForwarder>()));
        services.AddSingleton<GatewayPipeline>();
        return services;
    }

    /// <summary>Every request of this application is the gateway's.</summary>
    public static IApplicationBuilder UseGateway(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var pipeline = app.ApplicationServices.GetRequiredService<GatewayPipeline>();
        app.Run(pipeline.InvokeAsync);
        return app;
    }

    /// <summary>YARP writes several log entries for each request, which the access log has in one; failures are logged by <see cref="AppForwarder"/>.</summary>
    private static IHttpForwarder QuietForwarder()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.TryAdd(ServiceDescriptor.Singleton(typeof(ILogger<>), typeof(NullLogger<>)));
        services.AddHttpForwarder();
        return services.BuildServiceProvider().GetRequiredService<IHttpForwarder>();
    }
}

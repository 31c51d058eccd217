using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Hosting;

/// <summary>
/// The gateway with a Kestrel of its own:
/// <code>
/// await using var gateway = new GatewayServer(new GatewayOptions { ApiServer = address, Token = token }, loggers);
/// await gateway.StartAsync(stop);
/// </code>
/// It answers 503 until <see cref="IsReady"/>. Thread-safe.
/// </summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly GatewayState state;

    /// <summary>A gateway that is not started yet.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="loggers">Where logs go; it stays the caller's.</param>
    public GatewayServer(GatewayOptions options, ILoggerFactory loggers)
        : this(options, loggers, null)
    {
    }

    /// <summary>A gateway whose parts may be exchanged before it is built.</summary>
    internal GatewayServer(GatewayOptions options, ILoggerFactory loggers, Action<IServiceCollection>? configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<ILoggerFactory>(new GatewayLoggers(loggers));
        builder.Services.AddGateway(options);
        configure?.Invoke(builder.Services);
        app = builder.Build();
        app.UseGateway();
        state = app.Services.GetRequiredService<GatewayState>();
    }

    /// <summary>Whether all routes and policies have been read, so that requests are served.</summary>
    public bool IsReady => state.Current is not null;

    /// <summary>Routes and policies in force.</summary>
    internal GatewayState State => state;

    /// <summary>Ends when <see cref="IsReady"/>.</summary>
    public Task WaitForReadyAsync(CancellationToken cancellationToken = default) => state.Ready.WaitAsync(cancellationToken);

    /// <summary>Where the gateway listens, with the real ports, once it is started.</summary>
    public IReadOnlyList<Uri> Addresses =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(address => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Port > 0 ? uri : null)
            .OfType<Uri>()];

    /// <summary>Listens and begins to read routes and policies. Does not wait for <see cref="IsReady"/>.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => app.StartAsync(cancellationToken);

    /// <summary>Takes no new connections and waits for running requests until cancelled.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => app.StopAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => app.DisposeAsync();
}

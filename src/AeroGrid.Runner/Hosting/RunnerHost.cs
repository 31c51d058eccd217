using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Metrics;
using AeroGrid.Runner.Serving.Grpc;
using AeroGrid.Runner.Serving.Http;
using AeroGrid.Runner.Sessions;
using AeroGrid.Runner.Subscriptions;
using AeroGrid.Runner.Supervision;

using Grpc.AspNetCore.Server.Model;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AeroGrid.Runner.Hosting;

/// <summary>Puts the parts together: listens first, then starts the app, and stops in the opposite order.</summary>
internal static class RunnerHost
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(2);

    /// <summary>Runs until the app shall stop, or has failed before it was ever ready.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RunnerOptions options, TimeProvider time, CancellationToken stop)
    {
        var budget = new MemoryBudget(options.GridMemory);
        var grids = new GridDirectory(budget);
        var metrics = new RunnerMetrics();
        using var hub = new SubscriptionHub(time, metrics, AppState.Initial(time));
        var state = new AppState(hub);
        var readiness = new Readiness();
        var context = new SessionContext(grids, budget, new ErrorGrid(time), state, metrics, options.KafkaSettings, options.Group, time);
        var supervisor = new Supervisor(context, readiness, options);

        await using var web = Build(options, grids, hub);
        Map(web, new GridEndpoints(grids, hub), new HealthEndpoints(grids, budget, hub, state, supervisor, readiness, metrics));
        await web.StartAsync(CancellationToken.None);
        try
        {
            await using var stopping = stop.Register(() => state.Stopping("The app is updated or stopped."));
            return await supervisor.RunAsync(stop);
        }
        finally
        {
            hub.Stop();
            using var limit = new CancellationTokenSource(ShutdownLimit, time);
            await web.StopAsync(limit.Token);
        }
    }

    private static WebApplication Build(RunnerOptions options, GridDirectory grids, SubscriptionHub hub)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            kestrel.Limits.MinResponseDataRate = null; // subscribers are cut by ourselves
            kestrel.Limits.Http2.MaxStreamsPerConnection = 20_000; // a gateway puts all its clients on few connections
            kestrel.Listen(options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
            if (options.GrpcPort is { } grpcPort)
                kestrel.Listen(options.Address, grpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(static grpc => grpc.MaxReceiveMessageSize = 64 * 1024);
        builder.Services.AddSingleton<IServiceMethodProvider<GridsService>, GridsMethods>();
        builder.Services.AddSingleton(new GridsService(grids, hub));
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownLimit);
        return builder.Build();
    }

    private static void Map(WebApplication web, GridEndpoints grids, HealthEndpoints health)
    {
        web.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero }); // heartbeats do that
        web.UseRouting();
        web.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        web.MapGrpcService<GridsService>();
        web.MapGet("/grids", (RequestDelegate)grids.ListAsync);
        web.MapGet("/grids/{grid}", (RequestDelegate)grids.ReadAsync);
        web.MapGet("/livez", (RequestDelegate)HealthEndpoints.LiveAsync);
        web.MapGet("/readyz", (RequestDelegate)health.ReadyAsync);
        web.MapGet("/metrics", (RequestDelegate)health.MetricsAsync);
        web.MapGet("/status", (RequestDelegate)health.StatusAsync);
    }
}

using System.Collections.Concurrent;
using System.Net;
using AeroGrid.Grids.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Client.Tests.Support;

/// <summary>
/// A real gRPC server below the path of an app that plays the wire contract as a test says: each connection takes the next script. gRPC is on
/// one port (HTTP/2 in clear text), gRPC-Web on another (HTTP/1.1).
/// </summary>
internal sealed class ScriptedGrids : IAsyncDisposable
{
    private readonly ConcurrentQueue<Func<Connection, Task>> _scripts = new();
    private WebApplication _app = null!;
    private int _port;

    public ConcurrentQueue<(SubscribeRequest Request, string? Authorization)> Connections { get; } = new();

    public Uri Url => new($"http://127.0.0.1:{_port}/apps/demo/ordersapp/");

    public Uri WebUrl { get; private set; } = null!;

    public Func<ServerCallContext, ListGridsResponse> List { get; set; } = _ => new ListGridsResponse();

    public static async Task<ScriptedGrids> StartAsync()
    {
        var server = new ScriptedGrids();
        await server.UpAsync();
        return server;
    }

    /// <summary>The next connections, one after the other. A connection without a script stays open and says nothing.</summary>
    public void Then(params Func<Connection, Task>[] scripts) => Array.ForEach(scripts, _scripts.Enqueue);

    public async Task StopAsync()
    {
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
    }

    public async Task UpAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, _port, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        _app = builder.Build();
        _app.UsePathBase("/apps/demo/ordersapp");
        _app.UseRouting();
        _app.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        _app.MapGrpcService<Service>();
        await _app.StartAsync(TestContext.Current.CancellationToken);
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        _port = new Uri(addresses[0]).Port;
        WebUrl = new Uri(addresses[1] + "/apps/demo/ordersapp/");
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    public sealed class Service(ScriptedGrids server) : global::AeroGrid.Grids.V1.Grids.GridsBase
    {
        public override Task<ListGridsResponse> ListGrids(ListGridsRequest request, ServerCallContext context) => Task.FromResult(server.List(context));

        public override async Task Subscribe(SubscribeRequest request, IServerStreamWriter<SubscribeResponse> responseStream, ServerCallContext context)
        {
            server.Connections.Enqueue((request, context.RequestHeaders.GetValue("authorization")));
            var connection = new Connection(request, responseStream, context);
            if (server._scripts.TryDequeue(out var script))
            {
                await script(connection);
            }
            else
            {
                await connection.StayAsync();
            }
        }
    }

    /// <summary>What a script does on one connection.</summary>
    public sealed class Connection(SubscribeRequest request, IServerStreamWriter<SubscribeResponse> stream, ServerCallContext context)
    {
        public SubscribeRequest Request => request;

        public string? Token => context.RequestHeaders.GetValue("authorization");

        public Task SendAsync(SubscribeResponse response) => stream.WriteAsync(response, context.CancellationToken);

        /// <summary>A whole snapshot of one column, and that the rows are live.</summary>
        public async Task SnapshotAsync(string epoch, long sequence, params (string Key, long Value)[] rows)
        {
            var snapshot = new Snapshot { First = true, Last = true, Position = new Position { Epoch = epoch, Sequence = sequence } };
            snapshot.Columns.Add(new Column { Name = "units_sold", Type = CellType.Int64 });
            snapshot.Rows.AddRange(rows.Select(r => Row(r.Key, r.Value)));
            await SendAsync(new SubscribeResponse { Snapshot = snapshot });
            await SendAsync(new SubscribeResponse { Status = new GridStatus() });
        }

        public Task ChangeAsync(string epoch, long sequence, params (string Key, long Value)[] rows)
        {
            var changes = new Changes { Position = new Position { Epoch = epoch, Sequence = sequence } };
            changes.Upserts.AddRange(rows.Select(r => Row(r.Key, r.Value)));
            return SendAsync(new SubscribeResponse { Changes = changes });
        }

        /// <summary>Says nothing more until the client leaves.</summary>
        public async Task StayAsync()
        {
            var left = new TaskCompletionSource();
            await using var registration = context.CancellationToken.Register(left.SetResult);
            await left.Task;
        }

        public static RpcException Failure(StatusCode code, string detail = "") => new(new Status(code, detail));

        private static Row Row(string key, long value) => new() { Key = key, Cells = { new Cell { Int64 = value } } };
    }
}

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

using Grpc.Core;

using Wire = AeroGrid.Grids.V1;

namespace AeroGrid.Runner.Serving.Grpc;

/// <summary>Grids by gRPC and gRPC-Web.</summary>
internal sealed class GridsService(GridDirectory grids, SubscriptionHub hub)
{
    public Task<Wire.ListGridsResponse> ListGrids(ServerCallContext call)
    {
        ThrowIfExpired(call);
        var response = new Wire.ListGridsResponse();
        foreach (var grid in grids.All)
            response.Grids.Add(Messages.Of(grid, hub.State));
        return Task.FromResult(response);
    }

    public async Task SubscribeAsync(Wire.SubscribeRequest message, IServerStreamWriter<EncodedMessage> writer, ServerCallContext call)
    {
        ThrowIfExpired(call);
        var request = Check(message, call);
        await call.WriteResponseHeadersAsync([]);
        using var subscription = new Subscription(hub, request, new Channel(writer, call));
        var end = await subscription.RunAsync(call.CancellationToken);
        if (end != SubscriptionEnd.ClientGone)
            throw new RpcException(StatusOf(end, request.Grid.Name));
    }

    private static Status StatusOf(SubscriptionEnd end, string grid) => end switch
    {
        SubscriptionEnd.Stopping => new(StatusCode.Unavailable, EndMessages.Of(end, grid)),
        SubscriptionEnd.GridRemoved => new(StatusCode.NotFound, EndMessages.Of(end, grid)),
        SubscriptionEnd.ColumnRemoved => new(StatusCode.InvalidArgument, EndMessages.Of(end, grid)),
        SubscriptionEnd.TokenExpired => new(StatusCode.Unauthenticated, EndMessages.Of(end, grid)),
        _ => new(StatusCode.ResourceExhausted, EndMessages.Of(end, grid)),
    };

    private void ThrowIfExpired(ServerCallContext call)
    {
        if (BearerToken.ExpiryOf(call.RequestHeaders.GetValue("authorization")) <= hub.Time.GetUtcNow())
            throw new RpcException(StatusOf(SubscriptionEnd.TokenExpired, ""));
    }

    private SubscriptionRequest Check(Wire.SubscribeRequest message, ServerCallContext call)
    {
        if (!grids.TryFind(message.Grid, out var grid))
            throw new RpcException(new Status(StatusCode.NotFound, $"The app has no grid \"{message.Grid}\"."));
        var rate = message.MaxUpdatesPerSecond == 0 ? SubscriptionRequest.DefaultRate : message.MaxUpdatesPerSecond;
        var problem = ColumnSelection.FindProblem(grid.Definition, message.Columns) ?? SubscriptionRequest.ProblemOfRate(rate);
        if (problem is not null)
            throw new RpcException(new Status(StatusCode.InvalidArgument, problem));
        return new SubscriptionRequest(
            grid,
            message.Columns,
            message.KeyPrefix.Length == 0 ? RowFilter.All : new RowFilter(message.KeyPrefix, null),
            rate,
            message.ResumeFrom is { Epoch.Length: > 0 } position ? new GridPosition(position.Epoch, position.Sequence) : null,
            BearerToken.ExpiryOf(call.RequestHeaders.GetValue("authorization")));
    }

    private sealed class Channel(IServerStreamWriter<EncodedMessage> writer, ServerCallContext call) : ISubscriberChannel
    {
        public string Transport { get; } = call.RequestHeaders.GetValue("x-grpc-web") is null ? "grpc" : "grpc-web";

        public EventFormat Format => EventFormat.Protobuf;

        public async ValueTask SendAsync(EventKind kind, ReadOnlyMemory<byte> body, GridPosition? resumeAt, bool forgets, CancellationToken cancellationToken) =>
            await writer.WriteAsync(new EncodedMessage(body), cancellationToken);
    }
}

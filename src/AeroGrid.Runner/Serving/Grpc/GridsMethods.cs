using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

using Wire = AeroGrid.Grids.V1;

namespace AeroGrid.Runner.Serving.Grpc;

/// <summary>The methods of <c>aerogrid.v1.Grids</c>, with a response whose bytes are shared.</summary>
internal sealed class GridsMethods : IServiceMethodProvider<GridsService>
{
    private const string Service = "aerogrid.v1.Grids";

    private static readonly Method<Wire.ListGridsRequest, Wire.ListGridsResponse> ListGrids = new(
        MethodType.Unary, Service, "ListGrids", EncodedMessage.Of(Wire.ListGridsRequest.Parser), EncodedMessage.Of(Wire.ListGridsResponse.Parser));

    private static readonly Method<Wire.SubscribeRequest, EncodedMessage> Subscribe = new(
        MethodType.ServerStreaming, Service, "Subscribe", EncodedMessage.Of(Wire.SubscribeRequest.Parser), EncodedMessage.Marshaller);

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<GridsService> context)
    {
        context.AddUnaryMethod(ListGrids, [], static (service, _, call) => service.ListGrids(call));
        context.AddServerStreamingMethod(Subscribe, [], static (service, request, writer, call) => service.SubscribeAsync(request, writer, call));
    }
}

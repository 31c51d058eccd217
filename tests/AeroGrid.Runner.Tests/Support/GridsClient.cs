using AeroGrid.Grids.V1;

using Google.Protobuf;

using Grpc.Core;

namespace AeroGrid.Runner.Tests.Support;

/// <summary>The service as any gRPC client sees it: the generated messages, which the runner itself does not write events with.</summary>
internal sealed class GridsClient(CallInvoker invoker)
{
    private static readonly Method<ListGridsRequest, ListGridsResponse> List = new(
        MethodType.Unary, "aerogrid.v1.Grids", "ListGrids", Of(ListGridsRequest.Parser), Of(ListGridsResponse.Parser));

    private static readonly Method<SubscribeRequest, SubscribeResponse> Stream = new(
        MethodType.ServerStreaming, "aerogrid.v1.Grids", "Subscribe", Of(SubscribeRequest.Parser), Of(SubscribeResponse.Parser));

    public AsyncUnaryCall<ListGridsResponse> ListGridsAsync() => invoker.AsyncUnaryCall(List, null, default, new ListGridsRequest());

    public AsyncServerStreamingCall<SubscribeResponse> Subscribe(SubscribeRequest request, CallOptions options = default) =>
        invoker.AsyncServerStreamingCall(Stream, null, options, request);

    private static Marshaller<T> Of<T>(MessageParser<T> parser)
        where T : IMessage<T> => Marshallers.Create(message => message.ToByteArray(), parser.ParseFrom);
}

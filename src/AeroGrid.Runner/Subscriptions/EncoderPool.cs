using System.Collections.Concurrent;

using AeroGrid.Runner.Serving.Grpc;
using AeroGrid.Runner.Serving.Http;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>Encoders with their buffers, for reuse. Thread-safe.</summary>
internal sealed class EncoderPool
{
    private readonly ConcurrentBag<IEventEncoder>[] free = [[], []];

    public IEventEncoder Rent(EventFormat format) =>
        free[(int)format].TryTake(out var encoder) ? encoder : format == EventFormat.Protobuf ? new ProtobufEvents() : new JsonEvents();

    public void Return(EventFormat format, IEventEncoder encoder) => free[(int)format].Add(encoder);
}

using Google.Protobuf;

using Grpc.Core;

namespace AeroGrid.Runner.Serving.Grpc;

/// <summary>A message that is encoded already; many subscribers share its bytes.</summary>
internal sealed record EncodedMessage(ReadOnlyMemory<byte> Bytes)
{
    public static Marshaller<EncodedMessage> Marshaller { get; } = Marshallers.Create<EncodedMessage>(Write, static _ => throw new NotSupportedException("It is only sent."));

    /// <summary>For messages of the generated classes.</summary>
    public static Marshaller<T> Of<T>(MessageParser<T> parser)
        where T : IMessage<T> => Marshallers.Create(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    private static void Write(EncodedMessage message, SerializationContext context)
    {
        context.SetPayloadLength(message.Bytes.Length);
        var writer = context.GetBufferWriter();
        message.Bytes.Span.CopyTo(writer.GetSpan(message.Bytes.Length));
        writer.Advance(message.Bytes.Length);
        context.Complete();
    }
}

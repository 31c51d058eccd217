using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

using AeroGrid.Runner.Serving;
using AeroGrid.Runner.Serving.Http;

using Confluent.Kafka;

namespace AeroGrid.Runner.Kafka;

/// <summary>Writes batches as <c>records</c> frames. What all streams of a topic get is written once. Used by one thread.</summary>
internal sealed class RecordsEncoder(RecordFormat format) : IDisposable
{
    private const string TraceParent = "traceparent";

    private readonly ByteBuffer body = new();
    private readonly Utf8JsonWriter writer = new(Stream.Null, JsonEvents.Options);
    private readonly List<int> unverified = [];

    public void Dispose() => writer.Dispose();

    /// <summary>Writes everything but the numbers of stream and batch.</summary>
    public void Encode(RecordBatch batch)
    {
        body.Clear();
        writer.Reset(body);
        writer.WriteStartObject();
        writer.WriteString("topic"u8, batch.Topic);
        writer.WriteNumber("partition"u8, batch.Partition);
        writer.WriteStartArray("offsets"u8);
        foreach (var record in batch.Records)
            writer.WriteNumberValue(record.Offset.Value);
        writer.WriteEndArray();
        writer.WriteStartArray("timestamps"u8);
        foreach (var record in batch.Records)
            writer.WriteNumberValue(record.Message.Timestamp.UnixTimestampMs);
        writer.WriteEndArray();
        writer.WriteStartArray("keys"u8);
        foreach (var record in batch.Records)
            format.WriteKey(writer, record.Message.Key);
        writer.WriteEndArray();
        WriteValues(batch);
        WriteTraceParents(batch);
        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>The frame for one stream, in an array of the shared pool.</summary>
    public ArraySegment<byte> FrameFor(int stream, long batch)
    {
        var prefix = Encoding.ASCII.GetBytes($"{{\"type\":\"records\",\"stream\":{stream},\"batch\":{batch},");
        var length = prefix.Length + body.Length - 1;
        var frame = ArrayPool<byte>.Shared.Rent(4 + length);
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        prefix.CopyTo(frame, 4);
        body.Written[1..].CopyTo(frame.AsSpan(4 + prefix.Length));
        return new ArraySegment<byte>(frame, 0, 4 + length);
    }

    private void WriteValues(RecordBatch batch)
    {
        unverified.Clear();
        writer.WriteStartArray("values"u8);
        for (var i = 0; i < batch.Records.Count; i++)
        {
            if (!format.WriteValue(writer, batch.Records[i].Message.Value))
                unverified.Add(i);
        }

        writer.WriteEndArray();
        if (unverified.Count == 0)
            return;
        writer.WriteStartObject("unverified"u8);
        foreach (var i in unverified)
            writer.WriteString(i.ToString(), batch.Records[i].Message.Value);
        writer.WriteEndObject();
    }

    private void WriteTraceParents(RecordBatch batch)
    {
        var any = false;
        for (var i = 0; i < batch.Records.Count; i++)
        {
            if (TraceParentOf(batch.Records[i].Message.Headers) is not { } context)
                continue;
            if (!any)
                writer.WriteStartObject("traceparents"u8);
            any = true;
            writer.WriteString(i.ToString(), context);
        }

        if (any)
            writer.WriteEndObject();
    }

    /// <summary>55 characters of ASCII in version 00 (W3C Trace Context); anything else is not worth the app's attention.</summary>
    private static string? TraceParentOf(Headers? headers) =>
        headers is { Count: > 0 } && headers.TryGetLastBytes(TraceParent, out var bytes) && bytes is { Length: 55 } && Ascii.IsValid(bytes)
            ? Encoding.ASCII.GetString(bytes)
            : null;
}

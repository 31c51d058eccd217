using System.IO.Pipelines;
using System.Text;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>Server-sent events (HTML standard, section 9.2).</summary>
internal sealed class SseChannel(HttpResponse response) : ISubscriberChannel
{
    public string Transport => "sse";

    public EventFormat Format => EventFormat.Json;

    public async ValueTask SendAsync(EventKind kind, ReadOnlyMemory<byte> body, GridPosition? resumeAt, bool forgets, CancellationToken cancellationToken)
    {
        // A client that has forgotten its rows must not go on from where it was when the snapshot breaks off: an empty id takes the position away.
        if (resumeAt is not null)
            Write(response.BodyWriter, $"id: {resumeAt}\n");
        else if (forgets)
            Write(response.BodyWriter, "id:\n");
        Write(response.BodyWriter, NameOf(kind), body.Span);
        await FlushAsync(cancellationToken);
    }

    /// <summary>The first bytes: after how long a client that lost the connection tries again.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        Write(response.BodyWriter, "retry: 1000\n\n");
        await FlushAsync(cancellationToken);
    }

    public async ValueTask EndAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        Write(response.BodyWriter, "event: end\ndata: "u8, body.Span);
        await FlushAsync(cancellationToken);
    }

    private static ReadOnlySpan<byte> NameOf(EventKind kind) => kind switch
    {
        EventKind.Snapshot => "event: snapshot\ndata: "u8,
        EventKind.Changes => "event: changes\ndata: "u8,
        EventKind.Heartbeat => "event: heartbeat\ndata: "u8,
        _ => "event: status\ndata: "u8,
    };

    private static void Write(PipeWriter writer, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body)
    {
        var span = writer.GetSpan(prefix.Length + body.Length + 2);
        prefix.CopyTo(span);
        body.CopyTo(span[prefix.Length..]);
        "\n\n"u8.CopyTo(span[(prefix.Length + body.Length)..]);
        writer.Advance(prefix.Length + body.Length + 2);
    }

    private static void Write(PipeWriter writer, string text) => writer.Advance(Encoding.UTF8.GetBytes(text, writer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var result = await response.BodyWriter.FlushAsync(cancellationToken);
        if (result.IsCompleted)
            throw new OperationCanceledException("The client is gone.");
    }
}

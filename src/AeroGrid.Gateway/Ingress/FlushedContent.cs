using System.Net;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// A request body of unknown length that reaches the app piece by piece as the client sends it, instead of when a buffer of the HTTP client is
/// full: somebody may be talking.
/// </summary>
internal sealed class FlushedContent : HttpContent
{
    private readonly HttpContent inner;

    public FlushedContent(HttpContent inner)
    {
        this.inner = inner;
        foreach (var (name, values) in inner.Headers.NonValidated)
            Headers.TryAddWithoutValidation(name, values);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var flushing = new FlushingStream(stream);
        await using (flushing.ConfigureAwait(false))
            await inner.CopyToAsync(flushing, context, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    /// <summary>Flushes after each write. The stream beneath belongs to the connection and is not closed.</summary>
    private sealed class FlushingStream(Stream inner) : WriteOnlyStream
    {
        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}

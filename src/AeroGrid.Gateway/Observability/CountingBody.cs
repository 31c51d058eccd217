using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AeroGrid.Gateway.Observability;

/// <summary>Counts the bytes of an answer whose length was not announced.</summary>
internal sealed class CountingBody(IHttpResponseBodyFeature inner) : StreamResponseBodyFeature(new Counter(inner.Stream), inner)
{
    public long Count => ((Counter)Stream).Count;

    private sealed class Counter(Stream inner) : WriteOnlyStream
    {
        public long Count { get; private set; }

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            Count += buffer.Length;
        }
    }
}

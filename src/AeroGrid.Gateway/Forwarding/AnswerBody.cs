using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;

using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>
/// Copies the body of an app's answer to the client, in the framing that the app chose (RFC 9112 sections 6 and 7). Whatever has come is sent on
/// before more is waited for, so that events arrive one by one; a client that does not read makes the app wait.
/// </summary>
internal sealed class AnswerBody(UpstreamConnection connection, HttpResponse response)
{
    /// <summary>Bytes that may wait for the client while more comes in without waiting.</summary>
    private const int MaximumPending = 64 * 1024;

    /// <summary>A line with the size of a chunk; extensions on it are ignored (RFC 9112 section 7.1.1).</summary>
    private const int MaximumChunkLine = 4 * 1024;

    private const int MaximumTrailers = 16 * 1024;

    /// <summary>No more than this, so that adding never overflows: 2^60 bytes.</summary>
    private const int MaximumSizeDigits = 15;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly PipeWriter output = response.BodyWriter;
    private int pending;

    /// <summary>Bytes of the body that went on to the client.</summary>
    public long Count { get; private set; }

    /// <summary>A body of an announced length.</summary>
    /// <exception cref="EndOfStreamException">The app ended before.</exception>
    public async ValueTask CopyAsync(long length)
    {
        while (true)
        {
            length -= Take(length);
            if (length == 0)
                return;
            await FillAsync(flushHeaders: false).ConfigureAwait(false);
        }
    }

    /// <summary>A body that ends with the connection.</summary>
    public async ValueTask CopyToEndAsync()
    {
        do
            Take(long.MaxValue);
        while (await TryFillAsync(MaximumPending, flushHeaders: true).ConfigureAwait(false));
    }

    /// <summary>A chunked body with its trailers.</summary>
    /// <exception cref="InvalidDataException">The chunks are not as they should be.</exception>
    /// <exception cref="EndOfStreamException">The app ended before.</exception>
    public async ValueTask CopyChunksAsync()
    {
        while (ChunkSize(await ReadLineAsync(MaximumChunkLine).ConfigureAwait(false)) is var left and > 0)
        {
            for (left -= Take(left); left > 0; left -= Take(left))
                await FillAsync(flushHeaders: true).ConfigureAwait(false);
            if ((await ReadLineAsync(2).ConfigureAwait(false)).Length > 0)
                throw new InvalidDataException("a chunk that is longer than it says");
        }

        var allowed = MaximumTrailers;
        while (await ReadLineAsync(allowed).ConfigureAwait(false) is { Length: > 0 } line)
        {
            allowed -= line.Length;
            AddTrailer(line);
        }
    }

    /// <summary>Writes what there is of the body, up to a length.</summary>
    private int Take(long length)
    {
        var part = connection.Unread;
        if (part.Length > length)
            part = part[..(int)length];
        if (part.IsEmpty)
            return 0;
        output.Write(part);
        connection.Use(part.Length);
        pending += part.Length;
        Count += part.Length;
        return part.Length;
    }

    /// <summary>A line without its end. Only CR LF and LF end one; a bare CR is an error of the reader that follows.</summary>
    private async ValueTask<byte[]> ReadLineAsync(int limit)
    {
        int newline;
        while ((newline = connection.Unread.IndexOf((byte)'\n')) < 0)
        {
            if (!await TryFillAsync(limit, flushHeaders: true).ConfigureAwait(false))
                throw Ended();
        }

        if (newline >= limit)
            throw new InvalidDataException("a line of a chunked body that is too long");
        var line = connection.Unread[..newline];
        var text = (line is [.. var rest, (byte)'\r'] ? rest : line).ToArray();
        connection.Use(newline + 1);
        return text;
    }

    private static long ChunkSize(ReadOnlySpan<byte> line)
    {
        var digits = line.IndexOfAnyExcept(HexDigits);
        var size = digits < 0 ? line : line[..digits];
        var rest = line[size.Length..].TrimStart(" \t"u8);
        if (size.IsEmpty || size.Length > MaximumSizeDigits || (!rest.IsEmpty && rest[0] != ';') || line.Contains((byte)'\r'))
            throw new InvalidDataException("a chunk without a proper size");
        return long.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>Clients of HTTP/2 get trailers, but for those that are of the message's form (RFC 9110 section 6.5.1).</summary>
    private void AddTrailer(ReadOnlySpan<byte> line)
    {
        var (name, value) = ResponseHead.Split(line);
        var isOfForm = HeaderRules.EndsAtGateway(name)
            || name is "Content-Length" or "Transfer-Encoding" or "Connection" or "Content-Type" or "Content-Encoding" or "Content-Range" or "Set-Cookie";
        if (!isOfForm && response.SupportsTrailers())
            response.AppendTrailer(name, value);
    }

    private async ValueTask FillAsync(bool flushHeaders)
    {
        if (!await TryFillAsync(MaximumPending, flushHeaders).ConfigureAwait(false))
            throw Ended();
    }

    /// <returns>False at the end of the connection.</returns>
    private async ValueTask<bool> TryFillAsync(int limit, bool flushHeaders)
    {
        if (pending >= MaximumPending)
            await FlushAsync().ConfigureAwait(false);
        var filling = connection.FillAsync(limit);
        if (filling.IsCompleted || (pending == 0 && !(flushHeaders && Count == 0)))
            return await filling.ConfigureAwait(false);
        await FlushAsync().ConfigureAwait(false);
        return await filling.ConfigureAwait(false);
    }

    private async ValueTask FlushAsync()
    {
        pending = 0;
        var result = await output.FlushAsync().ConfigureAwait(false);
        if (result.IsCompleted || result.IsCanceled)
            throw new OperationCanceledException("The client is gone.");
    }

    private static EndOfStreamException Ended() => new("The app closed the connection before the end of its answer.");
}

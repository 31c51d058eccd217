using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

using Yarp.ReverseProxy.Forwarder;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>
/// Forwards requests without a body to apps that speak HTTP/1.1, over connections of its own: most requests, at half of what YARP and HttpClient need for one
/// (docs/decisions/0006-direct-forwarding.md). Everything else (bodies, WebSockets, HTTP/2, header changes) is YARP's. Thread-safe.
/// </summary>
internal sealed class DirectForwarder(UpstreamPool pool) : IDisposable
{
    /// <summary>Interim answers before the final one; nobody has a use for more.</summary>
    private const int MaximumInterim = 10;

    /// <summary>Whether a request is one of those.</summary>
    public static bool Takes(HttpContext context, Exchange exchange, BackendPort port) =>
        !port.IsHttp2
        && exchange.Route!.RequestHeaders.IsEmpty
        && exchange.Destination!.RequestHeaders.IsEmpty
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
        && context.Request.Headers.Upgrade.Count == 0
        && !HttpMethods.IsConnect(context.Request.Method)
        && RequestWriter.CanWrite(exchange.ForwardedPath)
        && RequestWriter.CanWrite(exchange.Query);

    /// <summary>
    /// Forwards to one address. A kept connection that the app closed meanwhile is replaced by a new one, once and for safe methods only
    /// (RFC 9110 section 9.2.2).
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ForwardOutcome> SendAsync(HttpContext context, Exchange exchange, IPEndPoint address, CancellationToken limit)
    {
        if (pool.TryRent(address) is { } kept)
        {
            var outcome = await ConverseAsync(context, exchange, address, kept, limit).ConfigureAwait(false);
            var isStale = outcome is { Error: ForwarderError.Request } && !context.Response.HasStarted && RequestWriter.IsRepeatable(context.Request.Method);
            if (!isStale)
                return outcome;
            context.Response.Clear();
        }

        UpstreamConnection connection;
        try
        {
            connection = await pool.ConnectAsync(address, context.RequestAborted, limit).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return new(ForwarderError.Request, e, IsRefused: true);
        }
        catch (OperationCanceledException e)
        {
            return new(ForwarderError.RequestCanceled, e, IsRefused: false);
        }

        return await ConverseAsync(context, exchange, address, connection, limit).ConfigureAwait(false);
    }

    public void Dispose() => pool.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ForwardOutcome> ConverseAsync(
        HttpContext context, Exchange exchange, IPEndPoint address, UpstreamConnection connection, CancellationToken limit)
    {
        // Whoever gives up ends the connection, and with it whatever waits.
        var clientGone = context.RequestAborted.UnsafeRegister(static state => ((UpstreamConnection)state!).Abort(), connection);
        var late = limit.UnsafeRegister(static state => ((UpstreamConnection)state!).Abort(), connection);
        var error = ForwarderError.Request;
        var isKept = false;
        try
        {
            connection.Begin();
            RequestWriter.Write(connection.Output, context, exchange);
            await connection.SendAsync().ConfigureAwait(false);

            // Until the first byte of an answer the request counts as not answered.
            if (!await connection.FillAsync(ResponseHead.MaximumBytes).ConfigureAwait(false))
                throw new EndOfStreamException("The app closed the connection without an answer.");
            error = ForwarderError.ResponseHeaders;
            var head = await ReadHeadAsync(connection, context.Response.Headers).ConfigureAwait(false);
            error = ForwarderError.ResponseBodyDestination;
            isKept = await AnswerAsync(context, exchange, connection, head).ConfigureAwait(false) && connection.Unread.IsEmpty;
            return ForwardOutcome.Done;
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException or ObjectDisposedException or OperationCanceledException)
        {
            if (context.RequestAborted.IsCancellationRequested || limit.IsCancellationRequested)
                error = ForwarderError.RequestCanceled;
            else if (connection.IsTimedOut)
                error = ForwarderError.RequestTimedOut;
            return new(error, e, IsRefused: false);
        }
        finally
        {
            // Both wait for a callback that is running: none can meet the connection's next request.
            await clientGone.DisposeAsync().ConfigureAwait(false);
            await late.DisposeAsync().ConfigureAwait(false);
            if (isKept)
                pool.Return(address, connection);
            else
                connection.Dispose();
        }
    }

    private static async ValueTask<ResponseHead> ReadHeadAsync(UpstreamConnection connection, IHeaderDictionary headers)
    {
        for (var interim = 0; interim <= MaximumInterim; interim++)
        {
            int end, seen = 0;
            while ((end = ResponseHead.EndOf(connection.Unread, seen)) < 0)
            {
                seen = connection.Unread.Length;
                if (!await connection.FillAsync(ResponseHead.MaximumBytes).ConfigureAwait(false))
                    throw new EndOfStreamException("The app closed the connection within the headers of its answer.");
            }

            var head = ResponseHead.Parse(connection.Unread[..end], headers);
            connection.Use(end);
            if (head.Status == StatusCodes.Status101SwitchingProtocols)
                throw new InvalidDataException("a switch of protocols that nobody asked for");
            if (!head.IsInterim)
                return head;
        }

        throw new InvalidDataException("too many interim answers");
    }

    /// <returns>Whether the connection may be used again.</returns>
    private static async ValueTask<bool> AnswerAsync(HttpContext context, Exchange exchange, UpstreamConnection connection, ResponseHead head)
    {
        var response = context.Response;
        response.StatusCode = head.Status;

        // No answer with these has a body or the length of one (RFC 9110 sections 8.6 and 15.3.6).
        var isEmpty = head.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent;
        if (!isEmpty && head.ContentLength is { } announced)
            response.ContentLength = announced;
        exchange.Route!.ResponseHeaders.ApplyTo(response.Headers);
        exchange.Destination!.ResponseHeaders.ApplyTo(response.Headers);
        if (isEmpty || HttpMethods.IsHead(context.Request.Method) || head.Status == StatusCodes.Status304NotModified)
            return !head.Closes && head.Status != StatusCodes.Status205ResetContent;

        // From here on a failure can only be told by ending the client's connection.
        await response.StartAsync(context.RequestAborted).ConfigureAwait(false);
        var body = new AnswerBody(connection, response);
        if (head.IsChunked)
            await body.CopyChunksAsync().ConfigureAwait(false);
        else if (head.ContentLength is { } length)
            await body.CopyAsync(length).ConfigureAwait(false);
        else
            await body.CopyToEndAsync().ConfigureAwait(false);
        if (head.ContentLength is null)
            exchange.StreamedBytes = body.Count;
        return !head.Closes && (head.IsChunked || head.ContentLength is not null);
    }
}

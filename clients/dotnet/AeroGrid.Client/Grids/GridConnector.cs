using AeroGrid.Client.Http;
using AeroGrid.Client.Tokens;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using V1 = AeroGrid.Grids.V1;

namespace AeroGrid.Client.Grids;

/// <summary>Makes connections to one app: its address, a token, a channel. Thread-safe.</summary>
/// <param name="Resolve">Finds the app's address, with '/' at its end; asked for every connection, since it can change.</param>
/// <param name="Name">The app for messages.</param>
/// <param name="Handler">Sends the requests; not disposed.</param>
/// <param name="Tokens">Tokens for apps; null sends none, which is enough for public apps.</param>
/// <param name="Transport">How grids travel.</param>
/// <param name="Time">The clock.</param>
internal sealed record GridConnector(
    Func<CancellationToken, ValueTask<Uri>> Resolve, string Name, HttpMessageHandler Handler, ITokenProvider? Tokens, GridTransport Transport, TimeProvider Time)
{
    /// <summary>A row is at most about 1 MiB, and a chunk of a snapshot a few of them.</summary>
    private const int LargestMessage = 64 * 1024 * 1024;

    /// <summary>A connection, with the token that its calls carry.</summary>
    /// <param name="rejected">A token that was refused just now.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public async Task<GridConnection> ConnectAsync(string? rejected, CancellationToken cancellationToken)
    {
        var address = await Resolve(cancellationToken).ConfigureAwait(false);
        var token = Tokens is null
            ? null
            : (await Tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Apps, rejected), cancellationToken).ConfigureAwait(false)).Value;
        HttpMessageHandler handler = new SubpathHandler(Handler, address.AbsolutePath);
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = LargestMessage, DisposeHttpClient = false };
        if (Transport == GridTransport.GrpcWeb)
        {
            handler = new GrpcWebHandler(GrpcWebMode.GrpcWeb, handler);
            // Clear text has no negotiation of the version, and proxies that need gRPC-Web speak 1.1.
            options.HttpVersion = address.Scheme == Uri.UriSchemeHttp ? new Version(1, 1) : null;
        }

        options.HttpHandler = handler;
        var headers = new Metadata { { "user-agent-library", UserAgent.Value.ToString() } };
        if (token is not null)
        {
            headers.Add("authorization", "Bearer " + token);
        }

        return new GridConnection(GrpcChannel.ForAddress(address.GetLeftPart(UriPartial.Authority), options), headers, token);
    }

    /// <summary>Makes one call; a token that is refused is renewed once.</summary>
    public async Task<T> CallAsync<T>(Func<GridConnection, Task<T>> call, CancellationToken cancellationToken)
    {
        string? rejected = null;
        while (true)
        {
            using var connection = await ConnectAsync(rejected, cancellationToken).ConfigureAwait(false);
            try
            {
                return await call(connection).ConfigureAwait(false);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unauthenticated && connection.Token is not null && rejected is null)
            {
                rejected = connection.Token;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(e.Message, e, cancellationToken);
            }
            catch (RpcException e)
            {
                throw GridFailure.Of(e, Name);
            }
        }
    }

    /// <summary>Apps are below a path, which gRPC knows nothing of. Does not dispose the handler that it uses.</summary>
    private sealed class SubpathHandler(HttpMessageHandler inner, string path) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _inner = new(inner, disposeHandler: false);
        private readonly string _path = path.TrimEnd('/');

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var uri = request.RequestUri!;
            request.RequestUri = new Uri(uri.GetLeftPart(UriPartial.Authority) + _path + uri.PathAndQuery);
            return _inner.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>A channel to an app, and the headers of its calls.</summary>
internal sealed record GridConnection(GrpcChannel Channel, Metadata Headers, string? Token) : IDisposable
{
    public V1.Grids.GridsClient Client { get; } = new(Channel);

    public void Dispose() => Channel.Dispose();
}

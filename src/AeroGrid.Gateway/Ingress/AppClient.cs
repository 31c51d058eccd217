using System.Text;

namespace AeroGrid.Gateway.Ingress;

/// <summary>The one HTTP client towards apps: connections are kept apart by address, HTTP/1.1 and HTTP/2 side by side.</summary>
internal static class AppClient
{
    /// <summary>Content headers of a request without a body, which HttpClient would have nowhere to put.</summary>
    public static readonly HttpRequestOptionsKey<string?> ContentType = new("aerogrid.content-type");

    public static HttpMessageInvoker Create(TimeSpan connectTimeout) => new(new RequestBodies(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = connectTimeout,

        // Shorter than the keep-alive time of common servers (uvicorn and Node.js: 5 s), so that the app is seldom the one who closes first.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),

        // Trace context is forwarded as a header like others.
        ActivityHeadersPropagator = null,

        // Bytes of headers pass as they are: what they mean is between client and app.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    }));

    /// <summary>
    /// Gives requests that change something a body, if an empty one: SocketsHttpHandler sends a request without a body again when a connection
    /// that was used before ends without an answer, which is right only for requests that may be repeated (RFC 9110 section 9.2.2).
    /// Bodies of unknown length are sent on as they come in.
    /// </summary>
    private sealed class RequestBodies(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is null && !IsRepeatable(request.Method))
            {
                request.Content = new ByteArrayContent([]);
                if (request.Options.TryGetValue(ContentType, out var type))
                    request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }

            else if (request.Content is { Headers.ContentLength: null } streamed && request.Version.Major == 1)
            {
                request.Content = new FlushedContent(streamed);
            }

            return base.SendAsync(request, cancellationToken);
        }

        private static bool IsRepeatable(HttpMethod method) =>
            method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace
            || method == HttpMethod.Connect;
    }
}

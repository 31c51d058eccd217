using System.Text;

using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AeroGrid.Gateway.Hosting;

/// <summary>Sets Kestrel up as the gateway's front: endpoints, limits, headers as bytes.</summary>
internal sealed class GatewayKestrel(GatewayOptions options, Http2Handover handover) : IConfigureOptions<KestrelServerOptions>
{
    /// <summary>
    /// What Kestrel refuses it answers without a body. The gateway's own limits are lower and answer with a problem; these only bound what is
    /// read before it is asked.
    /// </summary>
    private const int Reserve = 2;

    public void Configure(KestrelServerOptions kestrel)
    {
        var limits = options.Limits;
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;

        // Bytes pass as they came, also those outside of ASCII.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.RequestHeadersBytes * Reserve;
        kestrel.Limits.MaxRequestHeaderCount = limits.RequestHeaderCount * Reserve;
        kestrel.Limits.MaxRequestLineSize = (limits.RequestTargetLength * Reserve) + 1024;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(1024 * 1024, kestrel.Limits.MaxRequestLineSize + kestrel.Limits.MaxRequestHeadersTotalSize);
        kestrel.Limits.MaxRequestBodySize = limits.RequestBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = limits.RequestHeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.KeepAliveTimeout;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = limits.RequestHeadersBytes * Reserve;
        foreach (var endpoint in options.Listen)
        {
            kestrel.Listen(endpoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(handover.Route);
            });
        }

        kestrel.Listen(handover.EndPoint, static listen => listen.Protocols = HttpProtocols.Http2);
    }
}

using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>
/// TLS and plain HTTP on one port. On loopback TLS protects nothing, but kubectl (client-go's clientcmd) sends a kubeconfig's token to
/// <c>https</c> servers only.
/// </summary>
public static class TlsWhenAsked
{
    /// <summary>First byte of a TLS record that carries a handshake (RFC 8446 § 5.1); no HTTP request begins with it.</summary>
    private const byte Handshake = 22;

    /// <summary>Serves TLS to connections that begin with a TLS handshake, and plain HTTP to all others.</summary>
    public static ListenOptions UseTlsWhenAsked(this ListenOptions listen, X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ConnectionDelegate? plain = null;
        listen.Use(tls => connection => ServeAsync(connection, tls, plain!));
        listen.UseHttps(certificate);

        // The pipeline is built from its end: this sees what comes behind TLS before the first connection arrives.
        listen.Use(http =>
        {
            plain = http;
            return http;
        });
        return listen;
    }

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        var input = connection.Transport.Input;
        var read = await input.ReadAsync(connection.ConnectionClosed);
        var asksForTls = !read.Buffer.IsEmpty && read.Buffer.FirstSpan[0] == Handshake;
        input.AdvanceTo(read.Buffer.Start);
        await (asksForTls ? tls(connection) : plain(connection));
    }
}

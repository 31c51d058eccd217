using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

using k8s;
using k8s.Authentication;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>Makes the one <see cref="HttpClient"/> of a <see cref="ResourceClient"/> from a kubeconfig.</summary>
internal static class HttpTransport
{
    public static HttpClient Create(KubernetesClientConfiguration configuration, ResourceClientOptions options)
    {
        if (!Uri.TryCreate(configuration.Host?.TrimEnd('/') + "/", UriKind.Absolute, out var address))
            throw new ArgumentException($"'{configuration.Host}' is not the address of an API server.", nameof(configuration));

        HttpMessageHandler handler = SocketsHandler(configuration);
        var tokens = options.TokenFile is { } file ? new FileTokenProvider(file, options.TimeProvider) : configuration.TokenProvider;
        if (tokens is null && !string.IsNullOrEmpty(configuration.AccessToken))
            tokens = new FixedTokenProvider(new AuthenticationHeaderValue("Bearer", configuration.AccessToken));
        if (tokens is null && !string.IsNullOrEmpty(configuration.Username))
            tokens = new FixedTokenProvider(new AuthenticationHeaderValue("Basic", BasicCredentials(configuration)));
        if (tokens is not null)
            handler = new AuthenticationHandler(tokens) { InnerHandler = handler };

        return WithDefaults(new HttpClient(handler, disposeHandler: true), address, options);
    }

    /// <summary>HTTP/1.1, one connection for each watch: a slow watch never holds up others, and no stream limit is shared.</summary>
    public static HttpClient WithDefaults(HttpClient http, Uri? address, ResourceClientOptions options)
    {
        http.BaseAddress ??= address;
        http.Timeout = Timeout.InfiniteTimeSpan;
        http.DefaultRequestVersion = HttpVersion.Version11;
        http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        http.DefaultRequestHeaders.UserAgent.TryParseAdd(options.UserAgent);
        return http;
    }

    private static SocketsHttpHandler SocketsHandler(KubernetesClientConfiguration configuration)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            ConnectCallback = ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions { ClientCertificates = [] },
        };
        if (configuration.TlsServerName is { Length: > 0 } serverName)
            handler.SslOptions.TargetHost = serverName;
        if (configuration.SkipTlsVerify)
        {
            // The kubeconfig's own insecure-skip-tls-verify: the person asked for it.
#pragma warning disable CA5359
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (configuration.SslCaCerts is { Count: > 0 } roots)
        {
            handler.SslOptions.CertificateChainPolicy = TrustOnly(roots);
        }

        if (ClientCertificate.Of(configuration) is { } clientCertificate)
            handler.SslOptions.ClientCertificates!.Add(clientCertificate);
        configuration.FirstMessageHandlerSetup?.Invoke(handler);
        return handler;
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    /// <summary>
    /// TCP keep-alive finds a peer that vanished without a word (a machine that lost power): 30 s and three probes of 10 s, far sooner
    /// than a watch's own deadline.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string BasicCredentials(KubernetesClientConfiguration configuration) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{configuration.Username}:{configuration.Password}"));

    private sealed class FixedTokenProvider(AuthenticationHeaderValue header) : ITokenProvider
    {
        public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) => Task.FromResult(header);
    }

    private sealed class AuthenticationHandler(ITokenProvider tokens) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = await tokens.GetAuthenticationHeaderAsync(cancellationToken).ConfigureAwait(false);
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Unauthorized && tokens is FileTokenProvider file)
                file.Invalidate();
            return response;
        }
    }
}

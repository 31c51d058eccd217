using System.Net;

using k8s.Models;

namespace AeroGrid.Node.Probes;

/// <summary>Succeeds when a GET is answered with a status from 200 to 399 (Kubernetes documentation, "Probes").</summary>
internal sealed class HttpProbe(V1HTTPGetAction action, int port, TimeProvider time) : IProbeAction, IDisposable
{
    private readonly TcpProbe _connection = new(port, time);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ActivityHeadersPropagator = null,

        // As the kubelet: the certificate of a container is nobody's concern but the container's.
#pragma warning disable CA5359
        SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
#pragma warning restore CA5359
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private bool _listens;

    /// <inheritdoc/>
    public bool IsCheap => true;

    /// <inheritdoc/>
    public async Task<ProbeResult> RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        // While nobody listens, a refused connection is much cheaper than a failed request.
        if (!_listens && await _connection.RunAsync(timeout, cancellationToken).ConfigureAwait(false) is { IsSuccess: false } refused)
            return ProbeResult.Failure($"Get \"{Address()}\": {refused.Message}");
        _listens = true;
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Request();
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            if ((int)response.StatusCode is >= 200 and < 400)
                return ProbeResult.Success;
            return ProbeResult.Failure($"HTTP probe failed with statuscode: {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            _listens = false;
            return ProbeResult.Failure($"Get \"{Address()}\": {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeResult.Failure($"Get \"{Address()}\": no answer within {timeout.TotalSeconds:0} s");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Uri Address()
    {
        // The host of a probe is for the Host header: on this node every pod is on the loopback interface.
        var scheme = string.Equals(action.Scheme, "HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        var path = action.Path is { Length: > 0 } given ? given : "/";
        return new($"{scheme}://127.0.0.1:{port}{(path[0] == '/' ? path : "/" + path)}");
    }

    private HttpRequestMessage Request()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Address()) { Version = HttpVersion.Version11 };
        request.Headers.UserAgent.ParseAdd("kube-probe/1.34");
        request.Headers.Accept.ParseAdd("*/*");
        request.Headers.ConnectionClose = true;
        if (action.Host is { Length: > 0 } host)
            request.Headers.Host = host;
        foreach (var header in action.HttpHeaders ?? [])
        {
            if (string.Equals(header.Name, "Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = header.Value;
            else
                request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        return request;
    }
}

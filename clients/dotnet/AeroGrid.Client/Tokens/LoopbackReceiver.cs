using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AeroGrid.Client.Tokens;

/// <summary>
/// Receives one redirect at <c>http://127.0.0.1:PORT/callback</c> (RFC 8252, section 7.3). Every program of the machine, and every web page, can
/// send requests there: whatever has not our state is answered and ignored.
/// </summary>
internal sealed class LoopbackReceiver : IDisposable
{
    private const string Path = "/callback";
    private const int LongestRequest = 32768;
    private readonly TcpListener _listener;

    private LoopbackReceiver(TcpListener listener)
    {
        _listener = listener;
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}{Path}");
    }

    /// <summary>The redirect URI.</summary>
    public Uri Address { get; }

    /// <summary>Listens on a free port of the loopback address.</summary>
    public static LoopbackReceiver Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new LoopbackReceiver(listener);
    }

    /// <summary>The parameters of the redirect that has the state.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReceiveAsync(string state, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<IReadOnlyDictionary<string, string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accepting = AcceptAsync(state, found, end.Token);
        try
        {
            return await await Task.WhenAny(found.Task, FailedAsync(accepting)).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static async Task<IReadOnlyDictionary<string, string>> FailedAsync(Task accepting)
    {
        await accepting.ConfigureAwait(false);
        throw new OperationCanceledException();
    }

    /// <summary>Serves several connections side by side: browsers open one in advance and leave it silent.</summary>
    private async Task AcceptAsync(string state, TaskCompletionSource<IReadOnlyDictionary<string, string>> found, CancellationToken cancellationToken)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(cancellationToken).ConfigureAwait(false);
            _ = ServeAsync(client, state, found, cancellationToken);
        }
    }

    private static async Task ServeAsync(
        TcpClient client, string state, TaskCompletionSource<IReadOnlyDictionary<string, string>> found, CancellationToken cancellationToken)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var parameters = Parse(await ReadRequestLineAsync(stream, cancellationToken).ConfigureAwait(false));
                var ours = parameters is not null && parameters.GetValueOrDefault("state") == state;
                var text = !ours ? "Not found." : parameters!.ContainsKey("code") ? "Signed in. You can close this page." : "Not signed in. You can close this page.";
                var head = $"HTTP/1.1 {(ours ? "200 OK" : "404 Not Found")}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {text.Length}\r\n"
                    + "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head + text), cancellationToken).ConfigureAwait(false);
                if (ours)
                {
                    found.TrySetResult(parameters!);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A caller that went away; the redirect may still come on another connection.
            }
        }
    }

    private static async Task<string> ReadRequestLineAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestRequest];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += read;
            // The whole request is read: closing a connection with unread data in it may destroy the answer on its way.
            if (read == 0 || buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
            {
                return Encoding.ASCII.GetString(buffer, 0, Math.Max(buffer.AsSpan(0, length).IndexOf("\r\n"u8), 0));
            }
        }

        return "";
    }

    /// <summary><c>GET /callback?code=…&amp;state=… HTTP/1.1</c>; null for anything else.</summary>
    private static Dictionary<string, string>? Parse(string requestLine)
    {
        var parts = requestLine.Split(' ');
        if (parts is not ["GET", var target, _] || !target.StartsWith(Path + "?", StringComparison.Ordinal))
        {
            return null;
        }

        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in target[(Path.Length + 1)..].Split('&'))
        {
            var split = pair.Split('=', 2);
            parameters[Uri.UnescapeDataString(split[0])] = split.Length > 1 ? Uri.UnescapeDataString(split[1].Replace('+', ' ')) : "";
        }

        return parameters;
    }
}

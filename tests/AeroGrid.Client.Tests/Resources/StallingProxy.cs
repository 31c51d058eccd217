using System.Net;
using System.Net.Sockets;

namespace AeroGrid.Client.Tests.Resources;

/// <summary>Forwards TCP connections to a server; breaks all of them and admits no new ones while a test says so.</summary>
internal sealed class StallingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _target;
    private readonly CancellationTokenSource _end = new();
    private readonly List<TcpClient> _open = [];
    private readonly Lock _gate = new();
    private Task _accepting = Task.CompletedTask;
    private bool _refuses;

    private StallingProxy(Uri target) => _target = target;

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public static Task<StallingProxy> StartAsync(Uri target)
    {
        var proxy = new StallingProxy(target);
        proxy._listener.Start();
        proxy._accepting = proxy.AcceptAsync();
        return Task.FromResult(proxy);
    }

    public void Refuse()
    {
        lock (_gate)
        {
            _refuses = true;
            _open.ForEach(c => c.Dispose());
            _open.Clear();
        }
    }

    public void Admit()
    {
        lock (_gate)
        {
            _refuses = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Refuse();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            var server = new TcpClient();
            await server.ConnectAsync(_target.Host, _target.Port, _end.Token);
            lock (_gate)
            {
                _open.AddRange([client, server]);
                if (_refuses)
                {
                    client.Dispose();
                    server.Dispose();
                    continue;
                }
            }

            _ = CopyAsync(client, server);
            _ = CopyAsync(server, client);
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Broken by the test.
        }

        to.Dispose();
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AeroGrid.Gateway.Tests.Support;

/// <summary>An app that answers with bytes as no HTTP server would, each connection as the test says.</summary>
internal sealed class RawApp : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<Connection, Task> converse;
    private readonly List<string> requests = [];
    private readonly Task serving;
    private int connections;

    public RawApp(Func<Connection, Task> converse)
    {
        this.converse = converse;
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref connections);

    /// <summary>Heads of all requests, in order.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (requests)
                return [.. requests];
        }
    }

    /// <summary>Answers each request of a connection with the same bytes.</summary>
    public static RawApp Answering(string answer, bool thenClose = false) => new(async connection =>
    {
        while (await connection.RequestAsync() is not null)
        {
            await connection.SendAsync(answer);
            if (thenClose)
                return;
        }
    });

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var running = new List<Task>();
        while (true)
        {
            try
            {
                running.Add(HandleAsync(await listener.AcceptTcpClientAsync(stop.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(running);
    }

    private async Task HandleAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await converse(new(this, client, Interlocked.Increment(ref connections)));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The gateway hung up, or the test is over.
            }
        }
    }

    internal sealed class Connection(RawApp app, TcpClient client, int number)
    {
        private readonly NetworkStream stream = client.GetStream();

        /// <summary>1 for the first connection.</summary>
        public int Number => number;

        /// <summary>Ends when the gateway closes the connection.</summary>
        public async Task ClosedAsync()
        {
            while (await stream.ReadAsync(new byte[1024], app.stop.Token) > 0)
                continue;
        }

        /// <returns>The head of the next request; null at the end.</returns>
        public async Task<string?> RequestAsync()
        {
            var text = new StringBuilder();
            var one = new byte[1];
            while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await stream.ReadAsync(one, app.stop.Token) == 0)
                    return null;
                text.Append((char)one[0]);
            }

            lock (app.requests)
                app.requests.Add(text.ToString());
            return text.ToString();
        }

        public async Task SendAsync(string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), app.stop.Token);

        public Task UntilStopAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, app.stop.Token);
    }
}

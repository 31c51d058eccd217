using AeroGrid.Client.Errors;
using Grpc.Core;
using V1 = AeroGrid.Grids.V1;

namespace AeroGrid.Client.Grids;

/// <summary>One connection of a subscription. Used by one reader.</summary>
internal sealed class GridStream : IDisposable
{
    /// <summary>The contract: after 15 seconds without a word the connection is dead. Heartbeats come every 5.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private readonly GridConnector _connector;
    private readonly GridConnection _connection;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenSource _end;
    private readonly AsyncServerStreamingCall<V1.SubscribeResponse> _call;

    private GridStream(GridConnector connector, GridConnection connection, V1.SubscribeRequest request, CancellationToken cancellationToken)
    {
        _connector = connector;
        _connection = connection;
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, connector.Time);
        _end = CancellationTokenSource.CreateLinkedTokenSource(_silence.Token, cancellationToken);
        _call = connection.Client.Subscribe(request, connection.Headers, cancellationToken: _end.Token);
    }

    /// <summary>The token that the connection was made with.</summary>
    public string? Token => _connection.Token;

    /// <summary>Begins a connection. What the app says about it comes with the first message.</summary>
    public static async Task<(GridStream? Stream, AeroGridException? Failure)> OpenAsync(
        GridConnector connector, V1.SubscribeRequest request, string? rejectedToken, CancellationToken cancellationToken)
    {
        try
        {
            return (new GridStream(connector, await connector.ConnectAsync(rejectedToken, cancellationToken).ConfigureAwait(false), request, cancellationToken), null);
        }
        catch (AeroGridException e)
        {
            return (null, e);
        }
    }

    /// <summary>The next message, or why there is none.</summary>
    public async Task<(V1.SubscribeResponse? Message, AeroGridException? Failure)> NextAsync(CancellationToken cancellationToken)
    {
        // Only while waiting: a reader that takes its time with what it has got is not the server's silence.
        _silence.CancelAfter(Silence);
        try
        {
            return await _call.ResponseStream.MoveNext(_end.Token).ConfigureAwait(false)
                ? (_call.ResponseStream.Current, null)
                : (null, new AppNotReadyException($"{_connector.Name} ended the connection: it is updated or stopped"));
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is RpcException or OperationCanceledException)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (Exception e) when (_silence.IsCancellationRequested && e is RpcException or OperationCanceledException)
        {
            return (null, new UnreachableException($"{_connector.Name} has said nothing for {Silence.TotalSeconds:0} s", e));
        }
        catch (RpcException e)
        {
            return (null, GridFailure.Of(e, _connector.Name));
        }
        finally
        {
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _call.Dispose();
        _end.Dispose();
        _silence.Dispose();
        _connection.Dispose();
    }
}

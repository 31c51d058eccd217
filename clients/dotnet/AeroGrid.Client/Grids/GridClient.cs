using AeroGrid.Client.Errors;
using V1 = AeroGrid.Grids.V1;

namespace AeroGrid.Client.Grids;

/// <summary>The grids of one app. Made by <see cref="AeroGridClient"/>; thread-safe, holds nothing open by itself.</summary>
public sealed class GridClient
{
    /// <summary>The status follows a snapshot at once; a server of another kind may send none.</summary>
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(2);

    private readonly GridConnector _connector;

    internal GridClient(GridConnector connector) => _connector = connector;

    internal DateTimeOffset Now => _connector.Time.GetUtcNow();

    /// <summary>The grids of the app, in the order of their names.</summary>
    /// <exception cref="AeroGridException">See <see cref="Errors"/>.</exception>
    public Task<IReadOnlyList<GridInfo>> ListGridsAsync(CancellationToken cancellationToken = default) =>
        _connector.CallAsync<IReadOnlyList<GridInfo>>(
            async connection =>
            {
                var answer = await connection.Client.ListGridsAsync(
                    new V1.ListGridsRequest(),
                    connection.Headers,
                    deadline: _connector.Time.GetUtcNow().UtcDateTime.AddSeconds(30),
                    cancellationToken: cancellationToken).ConfigureAwait(false);
                return [.. answer.Grids.Select(g => new GridInfo(g.Name, WireReader.Columns(g.Columns), g.RowCount, WireReader.Status(g.Status)))];
            },
            cancellationToken);

    /// <summary>The whole grid as it is now.</summary>
    /// <param name="grid">The grid's name.</param>
    /// <param name="options">Which columns and rows; all by default.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="AeroGridException">See <see cref="Errors"/>.</exception>
    public async Task<GridSnapshot> SnapshotAsync(string grid, GridOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _connector.Time);
        using var forward = patience.Token.Register(end.Cancel);
        var table = new GridTable();
        try
        {
            await foreach (var change in SubscribeAsync(grid, (options ?? new GridOptions()) with { ResumeFrom = null }, end.Token).ConfigureAwait(false))
            {
                table.Apply(change);
                if (table.IsComplete && change is GridStatusChanged or GridRowsChanged { Position: not null })
                {
                    break;
                }

                if (change is GridSnapshotCompleted)
                {
                    patience.CancelAfter(StatusPatience);
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The rows are there, and nothing was said against them.
        }

        return table.ToSnapshot();
    }

    /// <summary>
    /// The grid, and what happens to it from then on. The enumeration never ends by itself: when the app is updated, the network breaks or the
    /// token ends, it connects again with growing pauses (0.1 to 10 seconds) and goes on where it was, or with a new snapshot.
    /// </summary>
    /// <remarks>
    /// It ends by cancellation (<see cref="OperationCanceledException"/>), or with an exception when waiting does not help: no such grid (also
    /// after an update that renames it), a wrong column, no permission, a token that is refused and cannot be renewed. Changes are read from the
    /// network as they are taken; a reader that is slow gets newer values in place of older ones, never a queue without end.
    /// </remarks>
    /// <param name="grid">The grid's name.</param>
    /// <param name="options">Which columns and rows, and how often.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="GridOptions.MaxUpdatesPerSecond"/> is not above 0 to 1000.</exception>
    public IAsyncEnumerable<GridChange> SubscribeAsync(string grid, GridOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(grid);
        if (options?.MaxUpdatesPerSecond is { } rate && !(rate > 0 && rate <= 1000))
        {
            throw new ArgumentOutOfRangeException(nameof(options), rate, "MaxUpdatesPerSecond is above 0 to 1000");
        }

        return new GridSubscription(_connector, grid, options ?? new GridOptions()).RunAsync(cancellationToken);
    }

    /// <summary>Keeps a grid as a table that is always up to date.</summary>
    /// <param name="grid">The grid's name.</param>
    /// <param name="options">Which columns and rows, and how often.</param>
    public LiveGrid Open(string grid, GridOptions? options = null) => new(this, grid, (options ?? new GridOptions()) with { ResumeFrom = null });
}

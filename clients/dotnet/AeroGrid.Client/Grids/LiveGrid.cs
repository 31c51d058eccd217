using System.Diagnostics.CodeAnalysis;

namespace AeroGrid.Client.Grids;

/// <summary>
/// A grid as a table that keeps itself up to date, from when it is made until it is disposed. While the connection is away or the app is stale,
/// the rows keep their last values and <see cref="Status"/> tells why.
/// </summary>
/// <remarks>
/// Thread-safe: every member may be used from every thread, and what they return never changes afterwards. <see cref="Changed"/> is raised by the
/// task that reads, one at a time and in order, after the table has the change and while no lock is held: a handler may read the table, and the
/// next change waits for it. A handler that throws ends the grid; the exception is in <see cref="Completion"/>.
/// </remarks>
public sealed class LiveGrid : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly GridTable _table = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GridStatus? _disconnected;

    internal LiveGrid(GridClient client, string name, GridOptions options)
    {
        Name = name;
        Completion = Task.Run(() => RunAsync(client, options));
    }

    /// <summary>A change, after it was applied.</summary>
    public event EventHandler<GridChangedEventArgs>? Changed;

    /// <summary>The grid's name.</summary>
    public string Name { get; }

    /// <summary>Ends when the grid is disposed; fails when the subscription has failed for good (see <see cref="GridClient.SubscribeAsync"/>).</summary>
    public Task Completion { get; }

    /// <summary>The columns; none before the first snapshot.</summary>
    public IReadOnlyList<GridColumn> Columns
    {
        get
        {
            lock (_gate)
            {
                return _table.Columns;
            }
        }
    }

    /// <summary>How many rows there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _table.Rows.Count;
            }
        }
    }

    /// <summary>Whether the rows follow their source, and why not: what the app says, or <see cref="StaleReason.Disconnected"/>.</summary>
    public GridStatus Status
    {
        get
        {
            lock (_gate)
            {
                return _disconnected ?? _table.Status;
            }
        }
    }

    /// <summary>Ends when the table has its first whole snapshot.</summary>
    /// <exception cref="Errors.AeroGridException">The subscription has failed before.</exception>
    public Task WaitUntilLoadedAsync(CancellationToken cancellationToken = default) => _loaded.Task.WaitAsync(cancellationToken);

    /// <summary>The row of a key.</summary>
    public bool TryGetRow(string key, [NotNullWhen(true)] out GridRow? row)
    {
        lock (_gate)
        {
            return _table.Rows.TryGetValue(key, out row);
        }
    }

    /// <summary>The rows now, in the order of their keys (ordinal): a copy, which costs as much as the grid is large.</summary>
    public IReadOnlyList<GridRow> GetRows()
    {
        lock (_gate)
        {
            return _table.SortedRows();
        }
    }

    /// <summary>Ends the subscription. The last rows stay readable.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task RunAsync(GridClient client, GridOptions options)
    {
        try
        {
            await foreach (var change in client.SubscribeAsync(Name, options, _end.Token).ConfigureAwait(false))
            {
                lock (_gate)
                {
                    _table.Apply(change);
                    _disconnected = change is GridConnectionLost lost
                        ? _disconnected ?? new GridStatus { IsStale = true, Reason = StaleReason.Disconnected, Message = lost.Reason.Message, Since = client.Now }
                        : change is GridConnectionResumed or GridSnapshotCompleted ? null : _disconnected;
                }

                if (change is GridSnapshotCompleted)
                {
                    _loaded.TrySetResult();
                }

                Changed?.Invoke(this, new GridChangedEventArgs(change));
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            _loaded.TrySetCanceled(CancellationToken.None);
        }
        catch (Exception e)
        {
            _loaded.TrySetException(e);
            // Whoever waits for nothing must not fail by an unobserved exception; Completion has it too.
            _ = _loaded.Task.Exception;
            throw;
        }
    }
}

/// <summary>A change of a <see cref="LiveGrid"/>.</summary>
/// <param name="change">What happened.</param>
public sealed class GridChangedEventArgs(GridChange change) : EventArgs
{
    /// <summary>What happened.</summary>
    public GridChange Change { get; } = change;
}

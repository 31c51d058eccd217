using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>
/// One subscriber of one grid: a snapshot or where it left off, then the newest state of changed rows at the rate that it chose. It keeps
/// a cursor and at most one chunk, whatever the subscriber does.
/// </summary>
internal sealed class Subscription(SubscriptionHub hub, SubscriptionRequest request, ISubscriberChannel channel) : IChangeWaiter, IDisposable
{
    /// <summary>About how much goes into one event; also what a subscriber that does not read costs at most.</summary>
    internal const int ChunkBytes = 64 * 1024;

    private static readonly TimeSpan HeartbeatAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(60);

    private readonly AsyncSignal signal = new();
    private readonly GridCursor cursor = new(request.Grid)
    {
        Epoch = request.ResumeFrom?.Epoch,
        Sequence = request.ResumeFrom?.Sequence ?? 0,
    };

    private readonly SharedEvents? shared =
        request.Filter.IsAll && request.Columns.Count == 0 ? hub.SharedEventsOf(request.Grid, channel.Format) : null;

    private readonly CancellationTokenSource cut = new();
    private readonly long ticksOfSlot = Math.Max(1, (long)(hub.Time.TimestampFrequency / request.Rate));
    private GridState? sentState;
    private bool isCaughtUp;
    private bool isScheduled;
    private long usedSlot = -1;
    private long lastSent;
    private long writingSince;
    private SubscriptionEnd? cutBecause;
    private int[]? columnIndexes;
    private IReadOnlyList<Column>? columns;
    private IReadOnlyList<Column>? columnsOfGrid;

    public Grid Grid => request.Grid;

    /// <summary>Serves the subscriber until one of the two wants no more.</summary>
    /// <param name="clientGone">Cancelled when the connection is lost.</param>
    public async Task<SubscriptionEnd> RunAsync(CancellationToken clientGone)
    {
        hub.Add(this);
        lastSent = hub.Time.GetTimestamp();
        await using var gone = clientGone.UnsafeRegister(static me => ((Subscription)me!).Cut(SubscriptionEnd.ClientGone), this);
        try
        {
            while (true)
            {
                if (FindEnd() is { } end)
                    return end;
                if (!await StepAsync())
                    await signal.WaitAsync();
            }
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            return cutBecause ?? SubscriptionEnd.ClientGone;
        }
        catch (ColumnRemovedException)
        {
            return SubscriptionEnd.ColumnRemoved;
        }
        finally
        {
            Grid.StopWaiting(this);
            hub.Remove(this);
        }
    }

    /// <inheritdoc/>
    public void Wake() => signal.Set();

    public void Dispose()
    {
        cursor.Dispose();
        cut.Dispose();
    }

    /// <summary>Called every second.</summary>
    internal void Tick(DateTimeOffset now)
    {
        var since = Volatile.Read(ref writingSince);
        if (since != 0)
        {
            if (hub.Time.GetElapsedTime(since) > GiveUpAfter)
                Cut(SubscriptionEnd.TooSlow);
            else if (request.Expires <= now)
                Cut(SubscriptionEnd.TokenExpired);
        }
        else if (request.Expires <= now || IsHeartbeatDue())
        {
            Wake();
        }
    }

    private SubscriptionEnd? FindEnd() =>
        cutBecause is { } because ? because
        : hub.IsStopping ? SubscriptionEnd.Stopping
        : Grid.IsRemoved ? SubscriptionEnd.GridRemoved
        : request.Expires <= hub.Time.GetUtcNow() ? SubscriptionEnd.TokenExpired
        : null;

    private bool IsHeartbeatDue() => isCaughtUp && hub.Time.GetElapsedTime(Volatile.Read(ref lastSent)) >= HeartbeatAfter;

    private void Cut(SubscriptionEnd because)
    {
        cutBecause ??= because;
        try
        {
            cut.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The subscription ended at the same moment.
        }

        Wake();
    }

    /// <summary>Sends what there is to send now.</summary>
    /// <returns>False when there is nothing, so that it must wait.</returns>
    private async ValueTask<bool> StepAsync()
    {
        // The state of the app comes after the first snapshot: a client knows of rows first, and then whether they are old.
        if (isCaughtUp && !ReferenceEquals(sentState, hub.State))
        {
            var state = hub.State;
            await SendAsync(EventKind.Status, Encode(state, static (encoder, s) => encoder.State(s)), null, false);
            sentState = state;
            return true;
        }

        if (IsHeartbeatDue())
        {
            var position = new GridPosition(cursor.Epoch!, cursor.Sequence);
            await SendAsync(EventKind.Heartbeat, Encode(position, static (encoder, p) => encoder.Heartbeat(p)), position, false);
            return true;
        }

        if (isCaughtUp && Grid.TryWait(cursor, this))
            return false;
        if (isCaughtUp && !MayUpdate())
            return false;
        await SendRowsAsync();
        return true;
    }

    /// <summary>One update in each slot of the rate's length; all subscribers of a rate have the same slots, so that they share events.</summary>
    private bool MayUpdate()
    {
        var slot = hub.Time.GetTimestamp() / ticksOfSlot;
        if (slot > usedSlot)
        {
            (usedSlot, isScheduled) = (slot, false);
            return true;
        }

        if (!isScheduled)
        {
            isScheduled = true;
            hub.Schedule.Add(this, (usedSlot + 1) * ticksOfSlot);
        }

        return false;
    }

    private async ValueTask SendRowsAsync()
    {
        var encoded = shared?.Find(cursor);
        if (encoded is null)
        {
            encoded = Read();
            shared?.Add(encoded);
        }
        else
        {
            (cursor.Epoch, cursor.Sequence) = (encoded.Step.Position.Epoch, encoded.Step.To);
        }

        var step = encoded.Step;

        // All that changed was filtered out: the position moves on, and the next heartbeat tells it.
        var nothing = step is { Kind: ReadKind.Changes, Rows: 0 };
        if (!nothing)
        {
            var isSnapshot = step.Kind == ReadKind.Snapshot;
            await SendAsync(
                isSnapshot ? EventKind.Snapshot : EventKind.Changes, encoded.Body, isSnapshot && !step.IsLast ? null : step.Position, step.IsFirst);
            hub.Metrics.Conflated(Grid.Name, request.Filter.IsAll ? encoded.Skipped : 0);
        }

        isCaughtUp = step.IsLast || step.Kind == ReadKind.Changes;

        // A large update of many chunks is one update for the rate.
        if (step is { Kind: ReadKind.Changes, IsLast: false })
            isCaughtUp = false;
    }

    private EncodedStep Read()
    {
        var encoder = hub.Encoders.Rent(channel.Format);
        try
        {
            SelectColumns();
            encoder.Prepare(columnIndexes);
            var step = Grid.Read(cursor, request.Filter, ChunkBytes, encoder);
            if (!ReferenceEquals(step.Columns, columnsOfGrid))
            {
                // The grid began a new life with other columns in this moment: what was read is forgotten and read anew.
                SelectColumns();
                cursor.Epoch = null;
                encoder.Prepare(columnIndexes);
                step = Grid.Read(cursor, request.Filter, ChunkBytes, encoder);
            }

            var skipped = request.Filter.IsAll && step.Kind == ReadKind.Changes ? step.To - step.From - step.Rows : 0;
            return new EncodedStep(step, encoder.EndRows(step, columns!, skipped), hub.Time.GetTimestamp());
        }
        finally
        {
            hub.Encoders.Return(channel.Format, encoder);
        }
    }

    private void SelectColumns()
    {
        var current = Grid.Definition.Columns;
        if (ReferenceEquals(current, columnsOfGrid))
            return;
        columnsOfGrid = current;
        (columnIndexes, columns) = ColumnSelection.Select(current, request.Columns) is { } selected ? selected : throw new ColumnRemovedException();
    }

    private ReadOnlyMemory<byte> Encode<T>(T value, Func<IEventEncoder, T, ReadOnlyMemory<byte>> write)
    {
        var encoder = hub.Encoders.Rent(channel.Format);
        try
        {
            return write(encoder, value);
        }
        finally
        {
            hub.Encoders.Return(channel.Format, encoder);
        }
    }

    private async ValueTask SendAsync(EventKind kind, ReadOnlyMemory<byte> body, GridPosition? resumeAt, bool forgets)
    {
        Volatile.Write(ref writingSince, hub.Time.GetTimestamp());
        await channel.SendAsync(kind, body, resumeAt, forgets, cut.Token);
        Volatile.Write(ref writingSince, 0);
        Volatile.Write(ref lastSent, hub.Time.GetTimestamp());
        hub.Metrics.Sent(Grid.Name, channel.Transport, kind, body.Length);
    }

    private sealed class ColumnRemovedException : Exception;
}

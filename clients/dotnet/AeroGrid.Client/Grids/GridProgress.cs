using V1 = AeroGrid.Grids.V1;

namespace AeroGrid.Client.Grids;

/// <summary>
/// How far a subscription is: checks what comes against the contract and knows from where it can go on. Not thread-safe.
/// <code>
///             first                    last                   changes, heartbeats
///   (nothing) -----> in a snapshot ----------> at a position ---------------------> at a later position of the same epoch
/// </code>
/// </summary>
internal sealed class GridProgress(GridPosition? resumeFrom)
{
    private int? _columns;
    private bool _inSnapshot;
    private bool _wasDisconnected;

    /// <summary>From where the next connection can go on; null when it needs a snapshot.</summary>
    public GridPosition? Position { get; private set; } = resumeFrom;

    /// <summary>The connection is lost.</summary>
    public void Disconnected()
    {
        _inSnapshot = false;
        _wasDisconnected = true;
    }

    /// <summary>What was received cannot be trusted: the next connection begins with a snapshot.</summary>
    public void Forget() => Position = null;

    /// <summary>What a message changes.</summary>
    /// <exception cref="InvalidDataException">It breaks the contract.</exception>
    public List<GridChange> Take(V1.SubscribeResponse message)
    {
        var changes = new List<GridChange>(2);
        if (_wasDisconnected)
        {
            _wasDisconnected = false;
            if (message.EventCase != V1.SubscribeResponse.EventOneofCase.Snapshot)
            {
                changes.Add(new GridConnectionResumed());
            }
        }

        switch (message.EventCase)
        {
            case V1.SubscribeResponse.EventOneofCase.Snapshot:
                TakeSnapshot(message.Snapshot, changes);
                break;
            case V1.SubscribeResponse.EventOneofCase.Changes:
                Advance(message.Changes.Position);
                changes.Add(new GridRowsChanged(
                    WireReader.Rows(message.Changes.Upserts, _columns), [.. message.Changes.Deletes], Position, message.Changes.Skipped));
                break;
            case V1.SubscribeResponse.EventOneofCase.Heartbeat:
                if (message.Heartbeat.Position is { } position && !_inSnapshot)
                {
                    Advance(position);
                }

                break;
            case V1.SubscribeResponse.EventOneofCase.Status:
                changes.Add(new GridStatusChanged(WireReader.Status(message.Status)));
                break;
            case V1.SubscribeResponse.EventOneofCase.None:
                // An event of a newer server, which this version of the library does not know.
                break;
        }

        return changes;
    }

    private void TakeSnapshot(V1.Snapshot chunk, List<GridChange> changes)
    {
        if (chunk.First)
        {
            Position = null;
            _inSnapshot = true;
            var columns = WireReader.Columns(chunk.Columns);
            _columns = columns.Count;
            changes.Add(new GridSnapshotStarted(columns));
        }
        else if (!_inSnapshot)
        {
            throw new InvalidDataException("a part of a snapshot without its beginning");
        }

        if (chunk.Rows.Count > 0 || chunk.Deleted.Count > 0)
        {
            changes.Add(new GridRowsChanged(WireReader.Rows(chunk.Rows, _columns), [.. chunk.Deleted], null, 0));
        }

        if (chunk.Last)
        {
            _inSnapshot = false;
            Position = WireReader.Position(chunk.Position) ?? throw new InvalidDataException("a snapshot without a position");
            changes.Add(new GridSnapshotCompleted(Position));
        }
    }

    private void Advance(V1.Position? next)
    {
        if (_inSnapshot || Position is null)
        {
            throw new InvalidDataException("changes before the snapshot is complete");
        }

        if (next is null || next.Epoch != Position.Epoch)
        {
            throw new InvalidDataException($"changes of the epoch '{next?.Epoch}' after '{Position.Epoch}', without a snapshot between");
        }

        if (next.Sequence < Position.Sequence)
        {
            throw new InvalidDataException($"the sequence {next.Sequence} after {Position.Sequence}");
        }

        Position = new GridPosition(next.Epoch, next.Sequence);
    }
}

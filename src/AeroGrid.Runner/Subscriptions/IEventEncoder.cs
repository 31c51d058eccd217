using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>Writes the events of a subscription in the form of one transport. The bytes that it returns are shared by many and never change.</summary>
internal interface IEventEncoder : IRowSink
{
    /// <summary>Forgets what was written before, for another chunk.</summary>
    /// <param name="columns">Which cells of a row to write, in this order; null for all as they are.</param>
    void Prepare(int[]? columns);

    /// <summary>Ends the chunk: a message with the rows that came since.</summary>
    ReadOnlyMemory<byte> EndRows(in ReadStep step, IReadOnlyList<Column> columns, long skipped);

    ReadOnlyMemory<byte> Heartbeat(GridPosition position);

    ReadOnlyMemory<byte> State(GridState state);
}

using AeroGrid.Runner.Grids;

using Google.Protobuf.WellKnownTypes;

using Wire = AeroGrid.Grids.V1;

namespace AeroGrid.Runner.Serving.Grpc;

/// <summary>Small messages of the wire contract.</summary>
internal static class Messages
{
    public static Wire.Position Of(GridPosition position) => new() { Epoch = position.Epoch, Sequence = position.Sequence };

    public static Wire.Column Of(Column column) => new() { Name = column.Name, Type = (Wire.CellType)column.Type };

    public static Wire.GridStatus Of(GridState state) => new()
    {
        Stale = state.IsStale,
        Reason = (Wire.GridStatus.Types.Reason)state.Reason,
        Message = state.Message,
        File = state.Place?.File ?? "",
        Line = state.Place?.Line ?? 0,
        Since = Timestamp.FromDateTimeOffset(state.Since),
    };

    public static Wire.Grid Of(Grid grid, GridState state)
    {
        var message = new Wire.Grid { Name = grid.Name, RowCount = grid.RowCount, Position = Of(grid.Position), Status = Of(state) };
        foreach (var column in grid.Definition.Columns)
            message.Columns.Add(Of(column));
        return message;
    }
}

namespace AeroGrid.Runner.Grids;

/// <summary>A grid as it was at one moment. The arrays of cells belong to the grid and never change.</summary>
internal sealed record GridContents(GridDefinition Definition, GridPosition Position, IReadOnlyList<KeyValuePair<string, Cell[]>> Rows);

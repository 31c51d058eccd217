namespace AeroGrid.Runner.Grids;

/// <summary>What a cell holds.</summary>
internal enum CellKind
{
    Null,
    Bool,
    Int64,
    Double,
    String,
    Timestamp,
    Error,
}

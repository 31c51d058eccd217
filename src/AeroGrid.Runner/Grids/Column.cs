namespace AeroGrid.Runner.Grids;

/// <summary>What the cells of a column are meant to be; every cell may also be null or an error. The numbers are those of the wire.</summary>
internal enum ColumnType
{
    Any = 0,
    Bool = 1,
    Int64 = 2,
    Double = 3,
    String = 4,
    Timestamp = 5,
}

/// <summary>A column of a grid.</summary>
internal sealed record Column(string Name, ColumnType Type)
{
    /// <summary>The type's name in the runner's protocol and in JSON.</summary>
    public string TypeName => Type switch
    {
        ColumnType.Bool => "bool",
        ColumnType.Int64 => "int64",
        ColumnType.Double => "double",
        ColumnType.String => "string",
        ColumnType.Timestamp => "timestamp",
        _ => "any",
    };
}

/// <summary>Name and columns of a grid.</summary>
internal sealed record GridDefinition(string Name, IReadOnlyList<Column> Columns)
{
    public bool HasSameColumns(GridDefinition other) => Columns.SequenceEqual(other.Columns);
}

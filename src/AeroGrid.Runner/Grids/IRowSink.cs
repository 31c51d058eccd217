namespace AeroGrid.Runner.Grids;

/// <summary>Takes the rows that a reader of a grid gets, while the grid is locked: it must be quick.</summary>
internal interface IRowSink
{
    /// <summary>What the rows that follow are.</summary>
    void Begin(ReadKind kind);

    /// <summary>Bytes taken since the chunk began.</summary>
    int Length { get; }

    void Upsert(string key, Cell[] cells);

    void Delete(string key);
}

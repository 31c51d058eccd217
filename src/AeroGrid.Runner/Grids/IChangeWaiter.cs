namespace AeroGrid.Runner.Grids;

/// <summary>Somebody who waits for a change of a grid.</summary>
internal interface IChangeWaiter
{
    /// <summary>There is a change, or the grid is gone. Called on the thread that made the change: it must only set a signal.</summary>
    void Wake();
}

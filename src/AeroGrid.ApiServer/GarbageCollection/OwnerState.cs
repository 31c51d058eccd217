namespace AeroGrid.ApiServer.GarbageCollection;

/// <summary>What an owner means for an object that names it.</summary>
internal enum OwnerState
{
    /// <summary>It exists: the object stays.</summary>
    Solid,

    /// <summary>It does not exist (any more).</summary>
    Gone,

    /// <summary>It is being deleted in the foreground and waits for the object to go.</summary>
    Waiting,
}

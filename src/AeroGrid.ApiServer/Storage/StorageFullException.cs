namespace AeroGrid.ApiServer.Storage;

/// <summary>Nothing was stored, because the disk (or the limit of the database) is full.</summary>
internal sealed class StorageFullException(Exception inner)
    : Exception("There is no space left to store the object; nothing was changed. Free disk space and try again.", inner);

namespace AeroGrid.ApiServer.Storage;

/// <summary>Settings of the store.</summary>
internal sealed record StoreOptions
{
    /// <summary>Folder of the database.</summary>
    public required string Folder { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long past states stay readable (watch from a revision, continued lists) at least.</summary>
    public TimeSpan HistoryPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of written values after which older states go, even within the period: a busy hour must not fill the disk.</summary>
    public long HistoryBytes { get; init; } = 256L << 20;

    /// <summary>Largest size of the database in pages of 4 KiB; null for no limit. A full database answers as a full disk does.</summary>
    public long? MaximumPages { get; init; }
}

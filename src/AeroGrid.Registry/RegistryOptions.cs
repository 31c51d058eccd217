namespace AeroGrid.Registry;

/// <summary>Where the registry keeps images, who may use it, and its limits.</summary>
public sealed record RegistryOptions
{
    /// <summary>An OCI image layout; created when it does not exist. One process at a time may use it.</summary>
    public required string Folder { get; init; }

    /// <summary>Everyone else is refused with 401.</summary>
    public IReadOnlyList<RegistryUser> Users { get; init; } = [];

    /// <summary>Largest blob in bytes; larger ones are refused with 413.</summary>
    public long MaxBlobBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>Largest manifest in bytes; the distribution specification asks for 4 MiB at least.</summary>
    public int MaxManifestBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// How long a blob that nothing refers to, and an upload that does not go on, are kept. It must be longer than any client needs from its first blob to
    /// its manifest.
    /// </summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Time between two collections of garbage.</summary>
    public TimeSpan CollectionInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Clock of ages and intervals.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

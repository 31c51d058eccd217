namespace AeroGrid.Client.Resources;

/// <summary>A resource that appeared, changed or went.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <param name="Kind">What happened.</param>
/// <param name="Resource">The resource as it is now; of a deleted one, as it was last seen.</param>
public sealed record ResourceChange<T>(ChangeKind Kind, T Resource)
    where T : IResource;

/// <summary>What happened to a resource.</summary>
public enum ChangeKind
{
    /// <summary>It is new, or was there when the watch began.</summary>
    Added,

    /// <summary>It is another version of a known one.</summary>
    Modified,

    /// <summary>It is gone.</summary>
    Deleted,
}

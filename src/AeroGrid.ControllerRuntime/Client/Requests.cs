namespace AeroGrid.ControllerRuntime.Client;

/// <summary>Which objects of a kind are meant.</summary>
public sealed record ListRequest
{
    /// <summary>Objects of one namespace only; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector, for example <c>app=web,tier!=cache</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector, for example <c>metadata.name=web</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Objects per page; 0 asks for one page. All pages are one consistent snapshot. Default 500.</summary>
    public int PageSize { get; init; } = 500;
}

/// <summary>What to watch, and from when.</summary>
public sealed record WatchRequest
{
    /// <summary>Objects of one namespace only; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Changes after this version are sent; null starts with the present objects as ADDED, then their changes.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>When the server is to end the watch. Default 5 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after <see cref="Timeout"/> the client leaves a server that did not end the watch. Default 30 s.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The objects of a list and the version at which they were all read.</summary>
/// <param name="Items">The objects, with apiVersion and kind filled in.</param>
/// <param name="ResourceVersion">The snapshot's version: a watch from here misses nothing.</param>
public sealed record ResourceList<T>(IReadOnlyList<T> Items, string ResourceVersion);

/// <summary>How a write is made.</summary>
public sealed record WriteOptions
{
    /// <summary>Who writes, for managedFields; the server derives it from the User-Agent when null.</summary>
    public string? FieldManager { get; init; }

    /// <summary>Server-side apply only: take over fields that others manage instead of failing with a conflict.</summary>
    public bool Force { get; init; }

    /// <summary>Everything but the write itself: validation, defaults, admission.</summary>
    public bool DryRun { get; init; }

    /// <summary>For example <c>status</c> or <c>scale</c>; null for the object itself.</summary>
    public string? Subresource { get; init; }
}

/// <summary>How an object is deleted.</summary>
public sealed record DeleteOptions
{
    /// <summary>Only the object with this uid: never one that took its name since.</summary>
    public string? Uid { get; init; }

    /// <summary>Only in this version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>What happens to dependents.</summary>
    public PropagationPolicy? Propagation { get; init; }

    /// <summary>Seconds a pod gets to end by itself; 0 deletes at once.</summary>
    public long? GracePeriodSeconds { get; init; }
}

/// <summary>What happens to the dependents of a deleted object (Kubernetes documentation, "Garbage Collection").</summary>
public enum PropagationPolicy
{
    /// <summary>The object goes now, its dependents after it.</summary>
    Background,

    /// <summary>Dependents go first; the object stays visible until they are gone.</summary>
    Foreground,

    /// <summary>Dependents stay, without their owner reference.</summary>
    Orphan,
}

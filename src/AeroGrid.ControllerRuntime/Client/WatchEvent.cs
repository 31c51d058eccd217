using k8s.Models;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>What a watch event tells.</summary>
public enum WatchEventKind
{
    /// <summary>An object came into being, or into the selection.</summary>
    Added,

    /// <summary>An object changed.</summary>
    Modified,

    /// <summary>An object is gone, or left the selection; the event carries its last state.</summary>
    Deleted,

    /// <summary>No change; everything up to <see cref="WatchEvent{T}.ResourceVersion"/> has been sent.</summary>
    Bookmark,

    /// <summary>The server ends the watch for the reason in <see cref="WatchEvent{T}.Status"/>.</summary>
    Error,

    /// <summary>An event whose object does not fit the .NET type; <see cref="WatchEvent{T}.Failure"/> says where.</summary>
    Undecodable,
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Resource">The object for Added, Modified and Deleted.</param>
/// <param name="ResourceVersion">The version to continue from; null for errors.</param>
/// <param name="Status">Why the watch ends, for Error.</param>
/// <param name="Failure">What could not be read, for Undecodable.</param>
public readonly record struct WatchEvent<T>(
    WatchEventKind Type, T? Resource, string? ResourceVersion, V1Status? Status = null, Exception? Failure = null)
    where T : class;

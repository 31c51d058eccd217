using System.Net;

using k8s.Models;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>The API server refused a request; <see cref="Status"/> is what it said.</summary>
public sealed class KubernetesApiException : Exception
{
    /// <summary>An answer of the API server that is not a success.</summary>
    /// <param name="statusCode">HTTP status.</param>
    /// <param name="status">The body, when it was a Status; a Status is made up from the HTTP status when it was not.</param>
    /// <param name="request">Method and path of the request, for the message.</param>
    public KubernetesApiException(HttpStatusCode statusCode, V1Status status, string request)
        : base($"{request}: {(int)statusCode} {status?.Reason}: {status?.Message}")
    {
        ArgumentNullException.ThrowIfNull(status);
        StatusCode = statusCode;
        Status = status;
    }

    /// <summary>HTTP status.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>The server's Status object: reason, message and details with causes. Never null.</summary>
    public V1Status Status { get; }

    /// <summary>The Status' machine-readable reason, for example <c>Invalid</c>; empty when the server gave none.</summary>
    public string Reason => Status.Reason ?? "";

    /// <summary>The Status' causes: one per field for validation errors and per conflicting field for apply conflicts.</summary>
    public IReadOnlyList<V1StatusCause> Causes => [.. Status.Details?.Causes ?? []];

    /// <summary>How long the server asks to wait before trying again, when it does.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>404: no such object, or no such kind.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>409 because an object of that name is there already.</summary>
    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>409 because of a stale resourceVersion, a precondition, or fields that another manager owns.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && Reason != "AlreadyExists";

    /// <summary>410: the resourceVersion or the continue token is too old.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone;

    /// <summary>422: the object is not valid; <see cref="Causes"/> names the fields.</summary>
    public bool IsInvalid => StatusCode == HttpStatusCode.UnprocessableEntity;
}

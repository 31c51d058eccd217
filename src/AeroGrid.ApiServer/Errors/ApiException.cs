using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Errors;

/// <summary>
/// A request that fails in a way which the client is told: the handlers turn it into a <c>v1</c> Status
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). Reasons and codes are those of
/// k8s.io/apimachinery/pkg/api/errors.
/// </summary>
public sealed class ApiException : Exception
{
    /// <summary>Creates one; prefer the factories.</summary>
    /// <param name="code">HTTP status code.</param>
    /// <param name="reason">Machine-readable reason such as <c>NotFound</c>.</param>
    /// <param name="message">For a person: what is wrong and what would be right.</param>
    public ApiException(int code, string reason, string message)
        : base(message)
    {
        Code = code;
        Reason = reason;
    }

    /// <summary>HTTP status code.</summary>
    public int Code { get; }

    /// <summary>Status reason.</summary>
    public string Reason { get; }

    /// <summary>Group of the object concerned; null when there is none.</summary>
    public string? Group { get; init; }

    /// <summary>Kind (or plural, as Kubernetes itself does for look-ups) of the object concerned.</summary>
    public string? Kind { get; init; }

    /// <summary>Name of the object concerned.</summary>
    public string? Name { get; init; }

    /// <summary>Causes with field paths.</summary>
    public IReadOnlyList<FieldError> Causes { get; init; } = [];

    /// <summary>Seconds for <c>Retry-After</c>; null for none.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>404: there is no such object.</summary>
    public static ApiException NotFound(string group, string plural, string name) =>
        new(404, "NotFound", $"{Qualified(plural, group)} \"{name}\" not found") { Group = group, Kind = plural, Name = name };

    /// <summary>409: the name is taken.</summary>
    public static ApiException AlreadyExists(string group, string plural, string name) =>
        new(409, "AlreadyExists", $"{Qualified(plural, group)} \"{name}\" already exists") { Group = group, Kind = plural, Name = name };

    /// <summary>409: the object changed since it was read, or a precondition does not hold.</summary>
    public static ApiException Conflict(string group, string plural, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {Qualified(plural, group)} \"{name}\": {why}") { Group = group, Kind = plural, Name = name };

    /// <summary>422: the object is not valid; every violation is listed.</summary>
    public static ApiException Invalid(string group, string kind, string name, IReadOnlyList<FieldError> causes) =>
        new(422, "Invalid", $"{Qualified(kind, group)} \"{name}\" is invalid: {Describe(causes)}") { Group = group, Kind = kind, Name = name, Causes = causes };

    /// <summary>400: the request cannot be understood.</summary>
    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    /// <summary>403: known, but not allowed.</summary>
    public static ApiException Forbidden(string group, string plural, string name, string why) =>
        new(403, "Forbidden", $"{Qualified(plural, group)}{(name.Length == 0 ? "" : $" \"{name}\"")} is forbidden: {why}") { Group = group, Kind = plural, Name = name };

    /// <summary>401: nobody knows who is asking.</summary>
    public static ApiException Unauthorized(string message = "Unauthorized") => new(401, "Unauthorized", message);

    /// <summary>405: the resource has no such verb.</summary>
    public static ApiException MethodNotAllowed(string group, string plural, string verb) =>
        new(405, "MethodNotAllowed", $"{verb} is not supported on resources of kind \"{Qualified(plural, group)}\"") { Group = group, Kind = plural };

    /// <summary>501: Kubernetes has it, this server has not; the message says what to do instead.</summary>
    public static ApiException NotImplemented(string message) => new(501, "NotImplemented", message);

    /// <summary>410: the resourceVersion or continue token is older than what is kept.</summary>
    public static ApiException Expired(string message) => new(410, "Expired", message);

    private static string Qualified(string name, string group) => group.Length == 0 ? name : $"{name}.{group}";

    private static string Describe(IReadOnlyList<FieldError> causes)
    {
        var texts = causes.Select(c => c.Field.Length == 0 ? c.Message : $"{c.Field}: {c.Message}").ToList();
        return texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
    }
}

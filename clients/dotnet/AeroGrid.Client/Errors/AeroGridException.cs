namespace AeroGrid.Client.Errors;

/// <summary>Something that the platform refused or could not do. The message is for a person and says what helps.</summary>
public class AeroGridException : Exception
{
    /// <summary>Creates the exception.</summary>
    public AeroGridException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>The platform, or the app, does not answer at the moment. Trying again later may succeed; subscriptions and watches do so by themselves.</summary>
public sealed class UnreachableException(string message, Exception? innerException = null) : AeroGridException(message, innerException);

/// <summary>No valid token: none was given, it is expired and cannot be renewed, or the person did not sign in.</summary>
public sealed class SignInException(string message, Exception? innerException = null) : AeroGridException(message, innerException);

/// <summary>The token is valid and does not allow this: HTTP 403.</summary>
public sealed class AccessDeniedException(string message, Exception? innerException = null) : AeroGridException(message, innerException);

/// <summary>There is no such resource, app or grid.</summary>
public sealed class NotFoundException(string message, Exception? innerException = null) : AeroGridException(message, innerException);

/// <summary>The app exists and no process of it answers: it is stopped, still being built, or has failed.</summary>
public sealed class AppNotReadyException(string message, Exception? innerException = null) : AeroGridException(message, innerException);

/// <summary>Somebody else has changed the resource since it was read, or it exists already: read it again, HTTP 409.</summary>
public sealed class ConflictException(string message, Exception? innerException = null) : AeroGridException(message, innerException);

/// <summary>The request is wrong: a field of a resource, a column that the grid has not, a value out of its range.</summary>
/// <param name="message">What is wrong, for a person.</param>
/// <param name="causes">What is wrong in which field, where that is known.</param>
/// <param name="innerException">The cause.</param>
public sealed class InvalidRequestException(string message, IReadOnlyList<FieldCause>? causes = null, Exception? innerException = null)
    : AeroGridException(message, innerException)
{
    /// <summary>What is wrong in which field; empty when the message says it all.</summary>
    public IReadOnlyList<FieldCause> Causes { get; } = causes ?? [];
}

/// <summary>What is wrong in a field.</summary>
/// <param name="Field">The field's path, for example <c>spec.files[0].path</c>.</param>
/// <param name="Message">What is wrong, for a person.</param>
public sealed record FieldCause(string Field, string Message);

using AeroGrid.Registry.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Registry;

/// <summary>A request that the registry does not fulfil: status, code (OCI distribution specification, "Error codes") and a message for a person.</summary>
internal sealed class RegistryProblem(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    /// <summary>Whether the upload concerned is of no use any more.</summary>
    public bool EndsUpload { get; private init; }

    public static RegistryProblem UnknownUpload() =>
        new(StatusCodes.Status404NotFound, "BLOB_UPLOAD_UNKNOWN", "The upload does not exist: it was finished, cancelled, or not used for too long. Start a new one.");

    public static RegistryProblem UploadInUse() =>
        new(StatusCodes.Status409Conflict, "BLOB_UPLOAD_INVALID", "Another request is using this upload.");

    public static RegistryProblem TooLarge(string message) =>
        new(StatusCodes.Status413PayloadTooLarge, "SIZE_INVALID", message) { EndsUpload = true };

    public static RegistryProblem InvalidDigest(string? text) =>
        new(StatusCodes.Status400BadRequest, "DIGEST_INVALID", $"'{text}' is not a digest that this registry supports: expected sha256: and 64 lower-case hexadecimal digits.");

    public static RegistryProblem DigestMismatch(ContentDigest expected, ContentDigest actual) =>
        new(StatusCodes.Status400BadRequest, "DIGEST_INVALID", $"The content's digest is {actual} and not {expected}.") { EndsUpload = true };

    public static RegistryProblem InvalidManifest(string message) => new(StatusCodes.Status400BadRequest, "MANIFEST_INVALID", message);

    public static RegistryProblem UnknownManifestBlob(ContentDigest digest) =>
        new(StatusCodes.Status400BadRequest, "MANIFEST_BLOB_UNKNOWN", $"The manifest refers to {digest}, which was not pushed.");

    public static RegistryProblem UnknownManifest(string repository, string reference) =>
        new(StatusCodes.Status404NotFound, "MANIFEST_UNKNOWN", $"The repository {repository} has no manifest {reference}.");

    public static RegistryProblem UnknownBlob(ContentDigest digest) =>
        new(StatusCodes.Status404NotFound, "BLOB_UNKNOWN", $"There is no blob {digest}.");

    public static RegistryProblem UnknownName(string repository) =>
        new(StatusCodes.Status404NotFound, "NAME_UNKNOWN", $"There is no repository {repository}.");

    public static RegistryProblem InvalidName(string name) =>
        new(StatusCodes.Status400BadRequest, "NAME_INVALID", $"'{name}' is not a repository name: components of lower-case letters, digits and . _ -, separated by /.");

    public static RegistryProblem Unauthorized() =>
        new(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", "The registry needs a user and a password (basic authentication).");

    public static RegistryProblem Denied(string user) =>
        new(StatusCodes.Status403Forbidden, "DENIED", $"The user {user} may pull, but not push or delete.");

    public static RegistryProblem Unsupported(string method) =>
        new(StatusCodes.Status405MethodNotAllowed, "UNSUPPORTED", $"{method} is not supported here.");

    public static RegistryProblem DiskFull() =>
        new(StatusCodes.Status507InsufficientStorage, "UNKNOWN", "There is no space left in the registry's folder. Nothing was stored: make space and push again.");
}

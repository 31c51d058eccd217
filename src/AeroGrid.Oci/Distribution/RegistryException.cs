using System.Net;

namespace AeroGrid.Oci.Distribution;

/// <summary>The registry did not do what was asked. Further types tell the cases that callers treat differently.</summary>
public class RegistryException : Exception
{
    /// <summary>Creates the exception.</summary>
    public RegistryException(string message, HttpStatusCode? status = null, Exception? inner = null)
        : base(message, inner) => Status = status;

    /// <summary>What the registry answered; null when it did not answer.</summary>
    public HttpStatusCode? Status { get; }
}

/// <summary>The credential is missing, wrong, or not enough (401, 403).</summary>
public sealed class RegistryUnauthorizedException(string message, HttpStatusCode? status, Exception? inner = null)
    : RegistryException(message, status, inner);

/// <summary>The repository, manifest or blob does not exist (404).</summary>
public sealed class RegistryNotFoundException(string message) : RegistryException(message, HttpStatusCode.NotFound);

/// <summary>The registry cannot be reached, is overloaded or failed (408, 429, 5xx), several times: trying again later can help.</summary>
public sealed class RegistryUnavailableException(string message, HttpStatusCode? status, Exception? inner = null)
    : RegistryException(message, status, inner);

/// <summary>The registry sent content that is not what the digest or the size says. Nothing of it may be used.</summary>
public sealed class ContentMismatchException(string message) : RegistryException(message);

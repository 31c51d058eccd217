using System.Net;
using System.Text.Json;
using AeroGrid.Oci.References;

namespace AeroGrid.Oci.Distribution;

/// <summary>Makes exceptions from a registry's answers (OCI distribution specification, "Error codes").</summary>
internal static class RegistryErrors
{
    private const int LongestBody = 16 * 1024;
    private const int LongestText = 500;

    public static async Task<RegistryException> ToExceptionAsync(
        RepositoryName repository, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = response.StatusCode;
        var request = $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}";
        var details = await DetailsAsync(response, cancellationToken);
        var message = $"The registry {repository.Registry} answered {(int)status} to {request}{details}";
        return status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new RegistryUnauthorizedException(
                $"The registry {repository.Registry} refused the credential for {repository.Path} ({(int)status} to {request}){details}", status),
            HttpStatusCode.NotFound => new RegistryNotFoundException(message),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                new RegistryUnavailableException(message, status),
            _ => new RegistryException(message, status),
        };
    }

    /// <summary>The <c>errors</c> of the body as text, or nothing: an error's body is help for a person and never the reason for another error.</summary>
    private static async Task<string> DetailsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[LongestBody];
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
            var errors =
                from error in document.RootElement.GetProperty("errors").EnumerateArray()
                select $"{error.GetProperty("code").GetString()} {(error.TryGetProperty("message", out var text) ? text.GetString() : "")}".Trim();
            var joined = string.Join("; ", errors);
            return joined.Length == 0 ? "." : ": " + (joined.Length <= LongestText ? joined : joined[..LongestText] + "…");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException or HttpRequestException)
        {
            return ".";
        }
    }
}

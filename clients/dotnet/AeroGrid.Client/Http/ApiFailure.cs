using System.Net;
using System.Text.Json;
using AeroGrid.Client.Errors;

namespace AeroGrid.Client.Http;

/// <summary>Turns the API's failures, objects of kind Status (Kubernetes API conventions, "Response Status Kind"), into exceptions.</summary>
internal static class ApiFailure
{
    /// <summary>Reads a failed response.</summary>
    public static async Task<AeroGridException> ReadAsync(HttpResponseMessage response, Uri address, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(text);
            return Of((int)response.StatusCode, document.RootElement, address);
        }
        catch (JsonException)
        {
            // A proxy in between, or not a platform at all.
            return Of((int)response.StatusCode, default, address);
        }
    }

    /// <summary>The exception for a code and a Status.</summary>
    public static AeroGridException Of(int code, JsonElement status, Uri address)
    {
        var message = Text(status, "message") ?? $"{address} answered {code} {(HttpStatusCode)code}";
        return code switch
        {
            401 => new SignInException($"the platform does not accept the token ({message}); sign in again"),
            403 => new AccessDeniedException($"{message}; ask an administrator of the tenant for a role that allows it"),
            404 => new NotFoundException(message),
            409 => new ConflictException(message),
            400 or 415 or 422 => new InvalidRequestException(message, Causes(status)),
            410 => new ExpiredException(message),
            408 or 429 or >= 500 => new UnreachableException($"the platform cannot do this at the moment ({message}); try again later"),
            _ => new AeroGridException(message),
        };
    }

    private static List<FieldCause> Causes(JsonElement status)
    {
        var causes = new List<FieldCause>();
        if (status.ValueKind == JsonValueKind.Object
            && status.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object
            && details.TryGetProperty("causes", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var cause in list.EnumerateArray())
            {
                causes.Add(new FieldCause(Text(cause, "field") ?? "", Text(cause, "message") ?? ""));
            }
        }

        return causes;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>HTTP 410: what was asked for is too old. Watches list again by themselves.</summary>
internal sealed class ExpiredException(string message) : AeroGridException(message);

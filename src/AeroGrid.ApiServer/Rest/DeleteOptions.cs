using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.ApiServer.Schemas;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>What happens to the objects that name a deleted one as their owner.</summary>
internal enum Propagation
{
    /// <summary>They are deleted afterwards; the default.</summary>
    Background,

    /// <summary>The owner stays until those that block it are gone.</summary>
    Foreground,

    /// <summary>They stay and lose the reference.</summary>
    Orphan,
}

/// <summary>Options of a deletion (<c>meta.k8s.io/v1</c> DeleteOptions), from the body and the query. Immutable.</summary>
internal sealed record DeleteOptions
{
    /// <summary>Seconds for the object to end; null for the default of its kind.</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Null for the default of the object: background, or what its finalizers say.</summary>
    public Propagation? Propagation { get; init; }

    /// <summary>Only this incarnation.</summary>
    public string? Uid { get; init; }

    /// <summary>Only this state.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Nothing is stored.</summary>
    public bool DryRun { get; init; }

    /// <summary>Reads body and query; the body wins.</summary>
    /// <exception cref="ApiException">400 or 422.</exception>
    public static async Task<DeleteOptions> ReadAsync(HttpContext context)
    {
        var bytes = await RequestBody.ReadBytesAsync(context);
        JsonObject? body = null;
        if (bytes.Length > 0)
        {
            var mediaType = RequestBody.MediaType(context);
            body = mediaType == ProtobufBody.MediaType ? ProtobufBody.Decode(bytes.Span) : YamlBody.Decode(bytes.Span).Node as JsonObject;
        }

        return From(body, context.Request.Query);
    }

    private static DeleteOptions From(JsonObject? body, IQueryCollection query)
    {
        var errors = new List<FieldError>();
        var dryRun = body?["dryRun"] is JsonArray list ? [.. list.Select(n => n?.ToString())] : query["dryRun"].ToArray();
        var policy = Text(body, "propagationPolicy") ?? Text(query, "propagationPolicy");
        var orphan = body?["orphanDependents"]?.ToString() ?? Text(query, "orphanDependents");
        if (policy is not null && orphan is not null)
        {
            errors.Add(new FieldError("propagationPolicy", FieldErrorReasons.Invalid, "orphanDependents and propagationPolicy cannot be both set"));
        }

        Propagation? propagation = policy switch
        {
            null => orphan switch { null => null, "true" => Rest.Propagation.Orphan, _ => Rest.Propagation.Background },
            "Background" => Rest.Propagation.Background,
            "Foreground" => Rest.Propagation.Foreground,
            "Orphan" => Rest.Propagation.Orphan,
            _ => null,
        };
        if (policy is not null && propagation is null)
        {
            errors.Add(new FieldError(
                "propagationPolicy", FieldErrorReasons.NotSupported, $"Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\""));
        }

        var graceText = body?["gracePeriodSeconds"]?.ToString() ?? Text(query, "gracePeriodSeconds");
        long? grace = null;
        if (graceText is not null)
        {
            if (long.TryParse(graceText, out var seconds) && seconds >= 0)
            {
                grace = seconds;
            }
            else if (graceText != "-1")
            {
                // -1 is what kubectl sends for "the default".
                errors.Add(new FieldError("gracePeriodSeconds", FieldErrorReasons.Invalid, $"Invalid value: {graceText}: must be a number of seconds, 0 or more"));
            }
        }

        var options = new DeleteOptions
        {
            GracePeriodSeconds = grace,
            Propagation = propagation,
            Uid = Text(body?["preconditions"] as JsonObject, "uid"),
            ResourceVersion = Text(body?["preconditions"] as JsonObject, "resourceVersion"),
            DryRun = WriteOptions.ReadDryRun(dryRun, errors),
        };
        return errors.Count == 0 ? options : throw ApiException.Invalid("meta.k8s.io", "DeleteOptions", "", errors);
    }

    private static string? Text(JsonObject? body, string name) => body?[name]?.ToString() is { Length: > 0 } text ? text : null;

    private static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;
}

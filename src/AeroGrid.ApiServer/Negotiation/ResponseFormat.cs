using AeroGrid.ApiServer.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>What of an object a client wants.</summary>
internal enum ResponseShape
{
    /// <summary>The object.</summary>
    Full,

    /// <summary><c>as=Table</c>: rows for people.</summary>
    Table,

    /// <summary><c>as=PartialObjectMetadata</c>: the metadata only.</summary>
    Metadata,
}

/// <summary>How a client wants its answer, by the header <c>Accept</c> (https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources).</summary>
/// <param name="Yaml">YAML instead of JSON.</param>
/// <param name="Shape">What of the object.</param>
internal readonly record struct ResponseFormat(bool Yaml, ResponseShape Shape)
{
    /// <summary>JSON of the whole object.</summary>
    public static ResponseFormat Default => default;

    /// <summary>The first form in the header that is supported.</summary>
    /// <exception cref="ApiException">406: none is.</exception>
    public static ResponseFormat Of(HttpContext context)
    {
        var header = context.Request.Headers.Accept;
        if (header.Count == 0 || header is ["*/*"] or ["application/json"] or [""])
        {
            return Default;
        }

        if (MediaTypeHeaderValue.TryParseList(header, out var types))
        {
            // Sorting is stable: equal quality keeps the client's order.
            foreach (var type in types.OrderByDescending(t => t.Quality ?? 1))
            {
                if (type.Quality is not 0 && TryMatch(type) is { } format)
                {
                    return format;
                }
            }
        }

        throw new ApiException(
            406, "NotAcceptable", "only the following media types are accepted: application/json, application/yaml, and application/json;as=Table;v=v1;g=meta.k8s.io");
    }

    private static ResponseFormat? TryMatch(MediaTypeHeaderValue type)
    {
        bool yaml;
        switch (type.MediaType.Value)
        {
            case "*/*" or "application/*" or "application/json":
                yaml = false;
                break;
            case "application/yaml":
                yaml = true;
                break;
            default:
                return null;
        }

        var shape = Parameter(type, "as");
        if (shape is null)
        {
            return new ResponseFormat(yaml, ResponseShape.Full);
        }

        if (Parameter(type, "g") != "meta.k8s.io" || Parameter(type, "v") != "v1")
        {
            return null;
        }

        return shape switch
        {
            "Table" => new ResponseFormat(yaml, ResponseShape.Table),
            "PartialObjectMetadata" or "PartialObjectMetadataList" => new ResponseFormat(yaml, ResponseShape.Metadata),
            _ => null,
        };
    }

    private static string? Parameter(MediaTypeHeaderValue type, string name)
    {
        foreach (var parameter in type.Parameters)
        {
            if (parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return HeaderUtilities.RemoveQuotes(parameter.Value).Value;
            }
        }

        return null;
    }
}

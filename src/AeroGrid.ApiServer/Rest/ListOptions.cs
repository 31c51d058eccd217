using System.Globalization;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Selectors;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>How fresh a list has to be (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).</summary>
internal enum VersionMatch
{
    /// <summary>Not said.</summary>
    Unset,

    /// <summary>At least as new as the resourceVersion.</summary>
    NotOlderThan,

    /// <summary>Exactly the state of the resourceVersion.</summary>
    Exact,
}

/// <summary>Query parameters of list, watch and deletecollection. Immutable.</summary>
internal sealed record ListOptions
{
    /// <summary>Which objects.</summary>
    public required Selection Selection { get; init; }

    /// <summary>Most objects of one answer; 0 for all.</summary>
    public int Limit { get; init; }

    /// <summary>Where the last answer ended; empty for the start.</summary>
    public string Continue { get; init; } = "";

    /// <summary>Null when not given; 0 for "any".</summary>
    public long? ResourceVersion { get; init; }

    /// <summary><c>resourceVersionMatch</c>.</summary>
    public VersionMatch Match { get; init; }

    /// <summary>Whether this is a watch.</summary>
    public bool Watch { get; init; }

    /// <summary><c>allowWatchBookmarks</c>.</summary>
    public bool Bookmarks { get; init; }

    /// <summary><c>sendInitialEvents</c>; null when not given.</summary>
    public bool? SendInitialEvents { get; init; }

    /// <summary>How long a watch lasts; null for the server's choice.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Reads the query.</summary>
    /// <param name="context">The request.</param>
    /// <param name="definition">The resource.</param>
    /// <param name="path">What the URL names.</param>
    /// <exception cref="ApiException">400 or 422.</exception>
    public static ListOptions Read(HttpContext context, ResourceDefinition definition, RequestPath path)
    {
        var query = context.Request.Query;
        var options = new ListOptions
        {
            Selection = new Selection(
                path.Namespace ?? (definition.Namespaced ? null : ""),
                LabelSelector.Parse(query["labelSelector"]),
                FieldSelector.Parse(query["fieldSelector"], definition)),
            Limit = (int)Math.Min(Number(query, "limit") ?? 0, int.MaxValue),
            Continue = query["continue"].ToString(),
            ResourceVersion = Version(query["resourceVersion"].ToString()),
            Match = query["resourceVersionMatch"].ToString() switch
            {
                "" => VersionMatch.Unset,
                "NotOlderThan" => VersionMatch.NotOlderThan,
                "Exact" => VersionMatch.Exact,
                var other => throw Invalid("resourceVersionMatch", FieldErrorReasons.NotSupported, $"Unsupported value: \"{other}\": supported values: \"Exact\", \"NotOlderThan\""),
            },
            Watch = WriteOptions.ReadBoolean(query["watch"]),
            Bookmarks = WriteOptions.ReadBoolean(query["allowWatchBookmarks"]),
            SendInitialEvents = query.ContainsKey("sendInitialEvents") ? WriteOptions.ReadBoolean(query["sendInitialEvents"]) : null,
            Timeout = Number(query, "timeoutSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 24 * 3600)) : null,
        };
        options.Check();
        return options;
    }

    private void Check()
    {
        if (Watch)
        {
            if (SendInitialEvents is not null && Match != VersionMatch.NotOlderThan)
            {
                throw Invalid("resourceVersionMatch", FieldErrorReasons.Forbidden, "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
            }

            if (SendInitialEvents is null && Match != VersionMatch.Unset)
            {
                throw Invalid("resourceVersionMatch", FieldErrorReasons.Forbidden, "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
            }

            return;
        }

        if (SendInitialEvents is not null)
        {
            throw Invalid("sendInitialEvents", FieldErrorReasons.Forbidden, "Forbidden: sendInitialEvents is forbidden for list");
        }

        if (Match != VersionMatch.Unset && ResourceVersion is null)
        {
            throw Invalid("resourceVersionMatch", FieldErrorReasons.Forbidden, "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided");
        }

        if (Match == VersionMatch.Exact && ResourceVersion == 0)
        {
            throw Invalid("resourceVersionMatch", FieldErrorReasons.Forbidden, "Forbidden: resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
        }

        if (Continue.Length > 0 && ResourceVersion is > 0)
        {
            throw ApiException.BadRequest("specifying resource version is not allowed when using continue");
        }
    }

    private static long? Version(string text) =>
        text.Length == 0
            ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? version
                : throw Invalid("resourceVersion", FieldErrorReasons.Invalid, $"Invalid value: \"{text}\": it must be a resourceVersion that the server returned");

    private static long? Number(IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        return text.Length == 0
            ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= 0
                ? number
                : throw ApiException.BadRequest($"the query parameter {name} must be a number, 0 or more, not \"{text}\"");
    }

    private static ApiException Invalid(string field, string reason, string message) =>
        ApiException.Invalid("meta.k8s.io", "ListOptions", "", [new FieldError(field, reason, message)]);
}

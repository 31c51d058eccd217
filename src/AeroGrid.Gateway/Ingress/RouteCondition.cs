using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AeroGrid.Gateway.Ingress;

/// <summary>A compiled entry of <c>http[].match</c>: all that are set must hold.</summary>
internal sealed record RouteCondition
{
    public static readonly RouteCondition Always = new();

    public TextCondition? Path { get; init; }

    public TextCondition? Method { get; init; }

    public TextCondition? Scheme { get; init; }

    public TextCondition? Authority { get; init; }

    public IReadOnlyList<(string Name, TextCondition Value)> Headers { get; init; } = [];

    public IReadOnlyList<(string Name, TextCondition Value)> WithoutHeaders { get; init; } = [];

    public IReadOnlyList<(string Name, TextCondition Value)> Query { get; init; } = [];

    /// <summary>Takes every request. Istio moves such routes behind all others of the host.</summary>
    public bool IsCatchAll =>
        Path is null or { IsPrefix: true, Text: "/" }
        && Method is null && Scheme is null && Authority is null
        && Headers.Count == 0 && WithoutHeaders.Count == 0 && Query.Count == 0;

    /// <summary>Whether a request fulfils everything.</summary>
    public bool Holds(HttpRequest request, string path, string query)
    {
        if (Path is not null && !Path.Matches(path))
            return false;
        if (Method is not null && !Method.Matches(request.Method))
            return false;
        if (Scheme is not null && !Scheme.Matches(request.Scheme))
            return false;
        if (Authority is not null && !Authority.Matches(request.Host.Value))
            return false;
        foreach (var (name, value) in Headers)
        {
            if (!value.Matches(Header(request, name)))
                return false;
        }

        foreach (var (name, value) in WithoutHeaders)
        {
            if (value.Matches(Header(request, name)))
                return false;
        }

        return Query.Count == 0 || HoldsQuery(query);
    }

    /// <summary>Several lines of a header count as one, joined by commas (RFC 9110 section 5.3).</summary>
    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    private bool HoldsQuery(string query)
    {
        var parameters = QueryHelpers.ParseQuery(query);
        foreach (var (name, value) in Query)
        {
            if (!value.Matches(parameters.TryGetValue(name, out var values) ? values[0] ?? "" : null))
                return false;
        }

        return true;
    }
}

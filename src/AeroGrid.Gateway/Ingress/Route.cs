using AeroGrid.ControllerRuntime;

namespace AeroGrid.Gateway.Ingress;

/// <summary>A compiled rule of a VirtualService: what happens to a request that one of its conditions takes. Immutable.</summary>
internal sealed class Route
{
    /// <summary>The VirtualService.</summary>
    public required ObjectKey Source { get; init; }

    /// <summary>The app's name in logs, metrics and headers.</summary>
    public required string App { get; init; }

    /// <summary>Conditions, any of which is enough.</summary>
    public required IReadOnlyList<RouteCondition> Conditions { get; init; }

    /// <summary>Answer with a redirect instead of forwarding.</summary>
    public RouteRedirect? Redirect { get; init; }

    /// <summary>Where requests go, with their weights.</summary>
    public IReadOnlyList<WeightedDestination> Destinations { get; init; } = [];

    /// <summary>The new path or prefix.</summary>
    public string? RewritePath { get; init; }

    /// <summary>The new Host header.</summary>
    public string? RewriteAuthority { get; init; }

    /// <summary>Time for the whole answer; null for none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Header changes for all destinations.</summary>
    public HeaderChanges RequestHeaders { get; init; } = HeaderChanges.None;

    /// <summary>Header changes for all answers.</summary>
    public HeaderChanges ResponseHeaders { get; init; } = HeaderChanges.None;

    /// <summary>Chooses a destination by weight.</summary>
    public WeightedDestination? Choose()
    {
        if (Destinations.Count <= 1)
            return Destinations.Count == 0 ? null : Destinations[0];
#pragma warning disable CA5394 // Spreading load needs no secret randomness.
        var left = Random.Shared.Next(Destinations.Sum(destination => destination.Weight));
#pragma warning restore CA5394
        foreach (var destination in Destinations)
        {
            left -= destination.Weight;
            if (left < 0)
                return destination;
        }

        return Destinations[^1];
    }

    /// <summary>
    /// The path that is forwarded. With a prefix condition the prefix is replaced, otherwise all of it (Istio, HTTPRewrite). Joining may bring
    /// dot segments or slashes together that the request did not have (<c>/app</c> taken from <c>/app../x</c>), so the result is normalized again.
    /// </summary>
    /// <param name="path">The normalized path of the request.</param>
    /// <param name="condition">The condition that took it.</param>
    /// <param name="removed">The prefix that the app does not see, without a slash at its end; empty when none.</param>
    public string Forwarded(string path, RouteCondition condition, out string removed)
    {
        removed = "";
        if (RewritePath is null)
            return path;
        if (condition.Path is not { IsPrefix: true } prefix)
            return RewritePath;
        removed = path[..prefix.Text.Length].TrimEnd('/');
        var rest = path.AsSpan(prefix.Text.Length);
        if (rest.StartsWith('/') && RewritePath.EndsWith('/'))
            rest = rest[1..];
        var joined = RewritePath.Length == 1 && rest.Length == 0 ? RewritePath : string.Concat(RewritePath, rest);
        if (!joined.StartsWith('/'))
            joined = "/" + joined;
        return RequestPath.TryNormalize(joined, out var result, out _) ? result : "/";
    }
}

/// <summary>A destination with its weight and header changes.</summary>
/// <param name="Service">The service.</param>
/// <param name="Port">Its port; null for its only one.</param>
/// <param name="Weight">The share.</param>
/// <param name="RequestHeaders">Header changes of requests.</param>
/// <param name="ResponseHeaders">Header changes of answers.</param>
internal sealed record WeightedDestination(
    Backend Service, int? Port, int Weight, HeaderChanges RequestHeaders, HeaderChanges ResponseHeaders);

/// <summary>A redirect: the parts that are set replace those of the request.</summary>
internal sealed record RouteRedirect(int StatusCode, string? Path, string? Authority, string? Scheme, int? Port)
{
    /// <summary>The <c>Location</c>, with the request's query. Relative unless host, scheme or port change (RFC 9110 section 10.2.2).</summary>
    public string Location(string scheme, string authority, string path, string query)
    {
        var target = (Path ?? path) + query;
        if (Authority is null && Scheme is null && Port is null)
            return target;
        var host = Authority ?? authority;
        if (Port is { } port)
            host = $"{WithoutPort(host)}:{port}";
        return $"{Scheme ?? scheme}://{host}{target}";
    }

    private static string WithoutPort(string host) =>
        host.LastIndexOf(':') is var colon and > 0 && !host.EndsWith(']') ? host[..colon] : host;
}

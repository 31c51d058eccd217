using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Routes by host. The most specific host decides which routes are asked: a full name, then the longest wildcard, then <c>*</c>; there is no falling
/// back from one to the next (Envoy's virtual hosts). Immutable.
/// </summary>
internal sealed class RoutingTable
{
    public static readonly RoutingTable Empty = new([]);

    private readonly Dictionary<string, HostRoutes> exact = new(StringComparer.Ordinal);
    private readonly List<(string Suffix, HostRoutes Routes)> wildcards = [];
    private readonly HostRoutes? any;

    /// <param name="routes">Hosts with their routes in order.</param>
    public RoutingTable(IEnumerable<(string Host, Route Route)> routes)
    {
        foreach (var host in routes.GroupBy(item => item.Host, item => item.Route, StringComparer.Ordinal))
        {
            var table = new HostRoutes(host);
            Count += table.Count;
            if (host.Key == HostPattern.Any)
                any = table;
            else if (HostPattern.IsWildcard(host.Key))
                wildcards.Add((host.Key[1..], table));
            else
                exact[host.Key] = table;
        }

        wildcards.Sort((a, b) => b.Suffix.Length.CompareTo(a.Suffix.Length));
    }

    /// <summary>How many conditions there are.</summary>
    public int Count { get; }

    /// <summary>The route of a request with the condition that took it.</summary>
    public RouteEntry? Find(HttpRequest request, string path, string query)
    {
        if (exact.Count == 0 && wildcards.Count == 0)
            return any?.Find(request, path, query);
        var host = HostPattern.OfRequest(request.Host.Value ?? "");
        if (exact.TryGetValue(host, out var routes))
            return routes.Find(request, path, query);
        foreach (var (suffix, candidate) in wildcards)
        {
            if (host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.Ordinal))
                return candidate.Find(request, path, query);
        }

        return any?.Find(request, path, query);
    }
}

/// <summary>A condition with its route and its place in the order.</summary>
internal sealed record RouteEntry(int Order, RouteCondition Condition, Route Route);

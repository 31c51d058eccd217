using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// The routes of a host. The first that matches wins, as if they were asked one by one, but only those that can match are: exact paths are found
/// by the whole path, prefixes by their part up to the last slash, so that ten thousand apps cost as much as ten. Immutable.
/// </summary>
internal sealed class HostRoutes
{
    private readonly Dictionary<string, List<RouteEntry>> exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<RouteEntry>> prefixes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<RouteEntry>>.AlternateLookup<ReadOnlySpan<char>> prefixesBySpan;
    private readonly List<RouteEntry> others = [];
    private readonly int longestFolder;

    public HostRoutes(IEnumerable<Route> routes)
    {
        var conditions = routes.SelectMany(route => route.Conditions.Select(condition => (condition, route))).ToList();

        // A stable order: routes that take everything go behind all others.
        foreach (var (condition, route) in conditions.Where(item => !item.condition.IsCatchAll).Concat(conditions.Where(item => item.condition.IsCatchAll)))
        {
            var entry = new RouteEntry(Count++, condition, route);
            switch (condition.Path)
            {
                case { IsExact: true, IgnoresCase: false } path:
                    Add(exact, path.Text, entry);
                    break;
                case { IsPrefix: true, IgnoresCase: false } path when path.Text.Contains('/'):
                    var folder = path.Text[..(path.Text.LastIndexOf('/') + 1)];
                    longestFolder = Math.Max(longestFolder, folder.Length);
                    Add(prefixes, folder, entry);
                    break;
                default:
                    others.Add(entry);
                    break;
            }
        }

        prefixesBySpan = prefixes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count { get; }

    public RouteEntry? Find(HttpRequest request, string path, string query)
    {
        var best = FirstOf(others, null, request, path, query);
        if (exact.TryGetValue(path, out var entries))
            best = FirstOf(entries, best, request, path, query);
        var length = Math.Min(path.Length, longestFolder);
        for (var i = 0; i < length; i++)
        {
            if (path[i] == '/' && prefixesBySpan.TryGetValue(path.AsSpan(0, i + 1), out entries))
                best = FirstOf(entries, best, request, path, query);
        }

        return best;
    }

    private static RouteEntry? FirstOf(List<RouteEntry> entries, RouteEntry? best, HttpRequest request, string path, string query)
    {
        foreach (var entry in entries)
        {
            if (best is not null && entry.Order > best.Order)
                return best;
            if (entry.Condition.Holds(request, path, query))
                return entry;
        }

        return best;
    }

    private static void Add(Dictionary<string, List<RouteEntry>> index, string key, RouteEntry entry)
    {
        if (!index.TryGetValue(key, out var entries))
            index[key] = entries = [];
        entries.Add(entry);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Subscriptions;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Runner.Serving.Http;

/// <summary>The query parameters of <c>/grids/{grid}</c>.</summary>
internal sealed record GridQuery(IReadOnlyList<string> Columns, RowFilter Filter, double Rate, GridPosition? Since)
{
    private const int MostKeys = 1000;

    /// <summary>Reads them.</summary>
    /// <returns>False when something is wrong with them, and what.</returns>
    public static bool TryRead(HttpRequest request, GridDefinition grid, [NotNullWhen(true)] out GridQuery? query, [NotNullWhen(false)] out string? problem)
    {
        problem = Read(request, grid, out query);
        return problem is null;
    }

    private static string? Read(HttpRequest request, GridDefinition grid, out GridQuery? query)
    {
        query = null;
        var parameters = request.Query;
        List<string> columns = [.. parameters["columns"].SelectMany(c => (c ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))];
        if (ColumnSelection.FindProblem(grid, columns) is { } unknown)
            return unknown;

        var rate = SubscriptionRequest.DefaultRate;
        if (parameters.TryGetValue("rate", out var rateText)
            && (!double.TryParse(rateText.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out rate) || SubscriptionRequest.ProblemOfRate(rate) is not null))
        {
            return $"rate is \"{rateText}\": {SubscriptionRequest.ProblemOfRate(0)}";
        }

        // What a browser's EventSource had last is newer than what the page's address says.
        var since = request.Headers["Last-Event-ID"].FirstOrDefault() is { Length: > 0 } last ? last : parameters["since"].FirstOrDefault();
        GridPosition? position = null;
        if (!string.IsNullOrEmpty(since) && !GridPosition.TryParse(since, out position))
            return $"since is \"{since}\"; it must be a position that an event had, such as 1f0c2a9b3d4e/17.";

        var keys = parameters.TryGetValue("key", out var wanted) ? wanted.Select(k => k ?? "").ToHashSet(StringComparer.Ordinal) : null;
        if (keys?.Count > MostKeys)
            return $"At most {MostKeys} keys can be asked for; use prefix, or filter what you get.";
        var prefix = parameters["prefix"].FirstOrDefault();
        var filter = keys is null && string.IsNullOrEmpty(prefix) ? RowFilter.All : new RowFilter(string.IsNullOrEmpty(prefix) ? null : prefix, keys);
        query = new GridQuery(columns, filter, rate, position);
        return null;
    }
}

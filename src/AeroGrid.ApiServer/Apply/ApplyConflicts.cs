using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>Turns conflicts into the 409 Status that kubectl knows how to explain.</summary>
internal static class ApplyConflicts
{
    /// <summary>The error, with one cause a conflict.</summary>
    public static ApiException ToException(string group, string plural, string name, IReadOnlyList<ApplyConflict> conflicts)
    {
        var noun = conflicts.Count == 1 ? "conflict" : "conflicts";
        return new ApiException(409, "Conflict", $"Apply failed with {conflicts.Count} {noun}: {Describe(conflicts)}")
        {
            Group = group,
            Kind = plural,
            Name = name,
            Causes = [.. conflicts.Select(c => new FieldError(c.Field, "FieldManagerConflict", $"conflict with {c.Manager}"))],
        };
    }

    private static string Describe(IReadOnlyList<ApplyConflict> conflicts)
    {
        if (conflicts.Count == 1)
        {
            return $"conflict with {conflicts[0].Manager}: {conflicts[0].Field}";
        }

        var groups = conflicts.GroupBy(c => c.Manager).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"conflicts with {g.Key}:\n{string.Join('\n', g.Select(c => $"- {c.Field}"))}");
        return string.Join('\n', groups);
    }
}
